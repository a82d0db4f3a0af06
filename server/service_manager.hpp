// What systemd hands to a service that it starts, and wants to hear of it. Nothing, where another program started it.
#pragma once
#include <string_view>

namespace carnet {

// The listening socket that is held for it (LISTEN_FDS), so that connections wait in its queue while the program is replaced; -1: none. Once.
int inherited_socket();
// As sd_notify(3): READY=1.
void tell_service_manager(std::string_view state);

}  // namespace carnet
