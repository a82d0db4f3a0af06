// What both ends remember of a conversation, and how they find out that it is the same.
#include <catch2/catch.hpp>

#include "core/shared_text.hpp"

using carnet::SharedText;

namespace {

SharedText of(std::initializer_list<std::string> frames) {
  SharedText text;
  for (auto& frame : frames) text.add(frame);
  return text;
}

// Long enough to be seen.
const std::string a(carnet::least_shared_bytes, 'a'), b(10, 'b'), c(10, 'c');

std::vector<SharedText::Part> parts_of(const SharedText& text) { return {text.parts().begin(), text.parts().end()}; }

}  // namespace

TEST_CASE("two ends that saw the same frames in the same order have one name for them") {
  CHECK(SharedText().name() == 0);
  CHECK(of({"a", "b"}).name() == of({"a", "b"}).name());
  CHECK(of({"a", "b"}).name() != of({"b", "a"}).name());
  CHECK(of({"ab"}).name() != of({"a", "b"}).name());
  CHECK(of({a, b}).text() == a + b);
}

TEST_CASE("who is ahead goes back to where the other is, and both go on alike") {
  auto ahead = of({a, b, c}), behind = of({a});
  REQUIRE(ahead.back_to(behind.name()));
  CHECK(ahead.text() == a);
  ahead.add("d");
  behind.add("d");
  CHECK(ahead.name() == behind.name());
}

TEST_CASE("what is too short to be of use is not seen, but has its name") {
  auto text = of({a.substr(1)});
  CHECK(text.name() != 0);
  CHECK(text.text().empty());
  text.add("a");
  CHECK(text.text() == a);
}

TEST_CASE("a name that is not known makes both begin afresh") {
  auto text = of({"a", "b"});
  CHECK_FALSE(text.back_to(of({"c"}).name()));
  CHECK(text.name() == 0);
  CHECK(text.text().empty());
  auto dropped = of({"a", "b"});
  CHECK(dropped.back_to(0));
  CHECK(dropped.name() == 0);
}

TEST_CASE("only the end is seen, to the byte, and both ends see the same however much they keep") {
  SharedText sender, receiver;
  for (int k = 0; k < 40; ++k) {
    std::string frame(10'000 + static_cast<std::size_t>(k), static_cast<char>('a' + k % 26));
    sender.add(frame);
    receiver.add(frame);
    receiver.trim();
  }
  CHECK(sender.parts().size() > receiver.parts().size());
  CHECK(sender.text().size() == carnet::shared_text_bytes);
  CHECK(sender.text() == receiver.text());
  for (int k = 0; k < 5; ++k) sender.add("not heard");
  REQUIRE(sender.back_to(receiver.name()));
  CHECK(sender.text() == receiver.text());
}

TEST_CASE("a sender may be ahead by as much as the limit, and not by a frame more") {
  SharedText sender, receiver;
  for (auto* end : {&sender, &receiver}) end->add(std::string(carnet::shared_text_bytes, 'x'));
  std::string frame(100'000, 'y');
  auto frames = carnet::most_unsettled_bytes / frame.size();
  for (std::size_t k = 0; k < frames; ++k) sender.add(frame);
  auto further = sender;
  REQUIRE(sender.back_to(receiver.name()));
  CHECK(sender.text() == receiver.text());
  further.add(frame);
  CHECK_FALSE(further.back_to(receiver.name()));
  CHECK(further.name() == 0);
}

TEST_CASE("a store gives back what it was given; parts of another chain are left out") {
  auto text = of({a, b, c});
  CHECK(SharedText(parts_of(text)).name() == text.name());
  CHECK(SharedText(parts_of(text)).text() == a + b + c);
  auto mixed = parts_of(text);
  mixed[1] = parts_of(of({a, "x"}))[1];
  CHECK(SharedText(mixed).name() == 0);
  auto damaged = parts_of(text);
  damaged[0].frame = "z";
  CHECK(SharedText(damaged).name() == 0);
}
