// What a device does about itself and its spaces: it introduces itself where it may write, says whose it is, and brings back what was
// kept aside when a space of old is there again.
#pragma once
#include "core/replica.hpp"

namespace carnet {

// In each space where it may write and has not done so, so that others read a name and not a number. False where nothing was to be done.
bool introduce(Replica& replica);

// What was kept aside of spaces that are there again, where it may write in them. True where rows were written that are to be sent.
bool put_back_kept(Replica& replica);

// After an exchange in which the relay told something new of this device's account. True where rows were written that are to be sent.
bool take_up_account(Replica& replica);

}  // namespace carnet
