// What the relay's half of the conversation needs of a store beside its rows: who may enter, and how far each device is.
#pragma once
#include <optional>
#include <vector>

#include "core/shared_text.hpp"
#include "core/store.hpp"
#include "sync/messages.hpp"

namespace carnet {

class RelayStore : public RowStore {
 public:
  virtual Epoch epoch() = 0;  // which life of the store this is

  // Whether this device may enter with this secret. Says no more than that.
  virtual bool admits(DeviceId device, std::string_view secret) = 0;
  virtual void met(DeviceId device, std::int64_t now) = 0;  // unix seconds; for people only
  // For a copy of this device: one that was given before and has not been used, or a new one with the same secret and spaces.
  virtual DeviceId number_for_copy(DeviceId device) = 0;
  virtual std::vector<SpaceId> spaces_of(DeviceId device) = 0;

  virtual Seq acked(DeviceId device, SpaceId space) = 0;  // the device's seq up to which we have everything
  virtual void set_acked(DeviceId device, SpaceId space, Seq seq) = 0;
  // The seq of ours such that all that the device wrote without having seen the space up to there has arrived.
  virtual Seq confirmed(DeviceId device, SpaceId space) = 0;
  virtual void confirm(DeviceId device, SpaceId space, Seq seq) = 0;
  // What the device remembers of its frames too.
  virtual SharedText shared_text(DeviceId device, SpaceId space, Direction direction) = 0;
  virtual std::uint32_t shared_name(DeviceId device, SpaceId space, Direction direction) = 0;
  virtual void keep(DeviceId device, SpaceId space, Direction direction, SharedText& text) = 0;
  virtual Seq head(SpaceId space) = 0;  // our own latest seq of the space
  virtual Digest digest(SpaceId space) = 0;
};

}  // namespace carnet
