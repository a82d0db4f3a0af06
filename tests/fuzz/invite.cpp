// Invites: as they were typed, and with a right check over anything.
//   input = 0, text; or else what stands between the prefix and the check
#include "sync/invite.hpp"
#include "tests/fuzz/target.hpp"

std::string carnet::test::try_input(std::string_view bytes) {
  auto invite = read_invite(bytes);
  if (!invite) return invite.error().text.empty() ? "a refusal without a reason" : "";
  auto again = read_invite(to_text(*invite));
  return again && to_text(*again) == to_text(*invite) ? "" : "an invite changes as it is written";
}
