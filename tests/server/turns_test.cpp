// Turns: so many go on at once, the others in the order in which they came, and none is lost or given twice.
#include <catch2/catch.hpp>

#include "server/turns.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <map>
#include <vector>

using namespace carnet;

namespace {

// Guests who ask for a turn one after the other, and have it until they leave.
struct Room {
  explicit Room(std::size_t most) : turns(most) {}

  void come(int guest) {
    boost::asio::co_spawn(context, ask(guest), boost::asio::detached);
    settle();
  }
  boost::asio::awaitable<void> ask(int guest) {
    inside[guest] = co_await turns.take();
    came_in.push_back(guest);
  }
  void leave(int guest) {
    inside.at(guest).end();
    inside.erase(guest);
    settle();
  }
  void settle() {
    context.restart();
    context.poll();
  }

  boost::asio::io_context context;
  Turns turns;
  std::map<int, Turns::Turn> inside;
  std::vector<int> came_in;
};

}  // namespace

TEST_CASE("as many go on at once as there are turns, and one more waits until one is given back") {
  Room room(3);
  for (int guest : {1, 2, 3}) room.come(guest);
  CHECK(room.came_in == std::vector{1, 2, 3});
  room.come(4);
  CHECK(room.came_in.size() == 3);
  CHECK(room.turns.busy() == 4);
  room.leave(2);
  CHECK(room.came_in == std::vector{1, 2, 3, 4});
  CHECK(room.turns.busy() == 3);
}

TEST_CASE("who waits gets a turn in the order in which they came, also before somebody who comes when one is given back") {
  Room room(1);
  for (int guest : {1, 2, 3, 4}) room.come(guest);
  room.inside.at(1).end();
  room.come(5);
  CHECK(room.came_in == std::vector{1, 2});
  for (int guest : {2, 3, 4, 5}) room.leave(guest);
  CHECK(room.came_in == std::vector{1, 2, 3, 4, 5});
  CHECK(room.turns.busy() == 0);
}

TEST_CASE("a turn is wanted as long as somebody waits, so that it can be passed on") {
  Room room(1);
  room.come(1);
  CHECK_FALSE(room.inside.at(1).is_wanted());
  room.come(2);
  CHECK(room.inside.at(1).is_wanted());
  room.leave(1);
  CHECK_FALSE(room.inside.at(2).is_wanted());
  CHECK_FALSE(Turns::Turn().is_wanted());
}

TEST_CASE("a turn is as old as the time since it was given, and not since it was asked for") {
  Room room(1);
  room.come(1);
  room.come(2);
  while (room.inside.at(1).age() < std::chrono::milliseconds(2)) {}
  auto given = std::chrono::steady_clock::now();
  room.leave(1);
  CHECK(room.inside.at(2).age() <= std::chrono::steady_clock::now() - given);
}

TEST_CASE("a turn is given back once, however often it is ended, moved and dropped") {
  Room room(2);
  for (int guest : {1, 2, 3, 4}) room.come(guest);
  {
    auto moved = std::move(room.inside.at(1));
    CHECK(moved);
    CHECK_FALSE(room.inside.at(1));
    moved.end();
    moved.end();
    CHECK_FALSE(moved);
  }
  room.settle();
  CHECK(room.came_in == std::vector{1, 2, 3});
  room.inside.at(1) = std::move(room.inside.at(2));
  room.settle();
  CHECK(room.came_in == std::vector{1, 2, 3});
  room.inside.erase(1);
  room.settle();
  CHECK(room.came_in == std::vector{1, 2, 3, 4});
}

TEST_CASE("once turns are closed nobody is woken any more, and those that are held may go") {
  Room room(1);
  room.come(1);
  room.come(2);
  room.turns.close();
  room.leave(1);
  CHECK(room.came_in == std::vector{1});
}
