#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include <cstdlib>

int main(int count, char** words) {
  setenv("LC_ALL", "C", 1);  // what people read is judged in one language, whatever this machine speaks
  return Catch::Session().run(count, words);
}
