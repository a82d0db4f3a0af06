// Invites: as somebody typed them, and under a right check with names and addresses of any kind.
//   input = text, then on lines of their own what takes the place of its address, the device's name and a space's name
#include "sync/invite.hpp"
#include "tests/fuzz/target.hpp"

std::string carnet::test::try_input(std::string_view bytes) {
  auto line = [&] {
    auto one = bytes.substr(0, bytes.find('\n'));
    bytes.remove_prefix(std::min(bytes.size(), one.size() + 1));
    return std::string(one);
  };
  auto invite = read_invite(line());
  if (!invite) return invite.error().text.empty() ? "a refusal without a reason" : "";
  auto text = to_text(*invite);
  auto again = read_invite(text);
  if (!again || to_text(*again) != text) return "an invite changes as it is written";
  if (bytes.empty()) return {};
  invite->address = line();
  invite->name = line();
  if (!invite->spaces.empty()) invite->spaces.front().name = line();
  auto other = read_invite(to_text(*invite));
  return !other || to_text(*other) == to_text(*invite) ? "" : "an invite is read as another one";
}
