#include "core/merge.hpp"

#include <algorithm>

namespace carnet {

namespace {

auto holds(const std::vector<Version>& versions, const Stamp& stamp) {
  return std::find_if(versions.begin(), versions.end(), [&](const Version& v) { return v.stamp == stamp; });
}

// The relay's seq of a version of ours, as far as we can tell.
Seq at_relay(const Version& ours, const Authority& authority) {
  if (authority.is_carried()) return authority.relay_seq(ours);
  return authority.is_relay ? Seq{} : ours.seq;
}

// The relay's seq of a version of theirs: of one that it had long ago and sends again, it says so.
Seq brought_at(const Version& theirs, const Authority& authority) {
  if (!authority.is_relay) return {};
  return theirs.seen.value ? theirs.seen : authority.upto;
}

// Of a version of ours: whether the relay had it when it made the change.
bool relay_has(const Version& ours, const Authority& authority) {
  if (authority.is_lent()) {
    auto at = authority.relay_seq(ours);
    return at.value > 0 && at <= authority.upto;
  }
  return authority.is_relay && (ours.received || ours.seq <= authority.had);
}

bool covers(const Version& tombstone, const Version& version, const Authority& authority, Seq seq) {
  bool came_first = version.seq < tombstone.seq;
  if (authority.is_carried() && tombstone.seq < seq && version.seq < seq) return true;  // as they stood before this came
  if (authority.is_carried()) return has_seen(tombstone, version, came_first ? at_relay(version, authority) : Seq{});
  if (authority.is_lent()) {
    auto relay_had = [&](const Version& either) { return either.seq == seq || relay_has(either, authority); };
    if (relay_had(tombstone)) return relay_had(version) || has_seen(tombstone, version, Seq{});
    return (tombstone.seq < seq && version.seq < seq) || has_seen(tombstone, version, authority.upto);
  }
  if (!authority.is_relay) return has_seen(tombstone, version, came_first ? version.seq : Seq{});
  if (tombstone.received && relay_has(version, authority)) return true;  // the relay has judged these two
  if (tombstone.received) return has_seen(tombstone, version, Seq{});
  return came_first || has_seen(tombstone, version, authority.upto);  // it was written here, over what stood here
}

// Conflict: a version came from somebody who did not know any more what it had been written over, and now from its writer.
// Resolution: it has seen what either says. Reason: a lost relay gets it back from whoever comes first.
bool learn(Version& ours, const Version& same) {
  auto before = ours.past;
  for (auto& stamp : same.past) add_past(ours.past, stamp);
  return ours.past != before;
}

// Those who hold what is put away are told by getting the row again.
void put_away_what_was_seen(Cell& mine, Merged& merged) {
  std::vector<Version> seen;
  for (auto& version : mine.versions) {
    auto sees = [&](const Version& other) { return !other.trail && &other != &version && has_seen(other, version, version.seq); };
    if (!version.trail && std::any_of(mine.versions.begin(), mine.versions.end(), sees)) seen.push_back(version);
  }
  for (auto& version : seen) {
    std::erase_if(mine.versions, [&](const Version& other) { return other.stamp == version.stamp; });
    merged.superseded.push_back({mine.column, version});
    merged.changed = merged.refused = true;
  }
}

}  // namespace

void order(std::vector<Version>& versions) {
  std::sort(versions.begin(), versions.end(), [](const Version& a, const Version& b) {
    return a.trail != b.trail ? b.trail : a.stamp > b.stamp;
  });
}

bool has_seen(const Version& a, const Version& b, Seq b_at_relay) {
  if (std::find(a.open.begin(), a.open.end(), b.stamp) != a.open.end()) return false;
  if (a.stamp.device == b.stamp.device) return a.stamp.time > b.stamp.time;
  for (auto& past : a.past)
    if (past.device == b.stamp.device && past.time >= b.stamp.time) return true;
  return b_at_relay.value > 0 && b_at_relay <= a.seen;
}

Merged merge_cell(Cell& mine, Cell theirs, const Authority& authority, Seq seq) {
  Merged merged;
  std::vector<Version> kept, fresh;
  bool learned = false;

  // Ours that the other side has too, or has seen and superseded.
  for (auto& ours : mine.versions) {
    auto same = holds(theirs.versions, ours.stamp);
    if (same != theirs.versions.end()) {
      if (authority.judges() && !ours.received) { ours.received = true; merged.changed = true; }
      // Conflict: one version has two values. Resolution: the relay's; the other one goes to history. Reason: somebody lent what was not so.
      if (authority.judges() && ours.value != same->value) {
        merged.superseded.push_back({mine.column, ours});
        ours.value = same->value;
        merged.changed = true;
      }
      // Whether a tombstone is beaten is for the relay to say; what it has not had yet is weighed after this.
      bool beaten = same->beaten || (ours.beaten && !authority.judges());
      merged.changed |= beaten != ours.beaten;
      ours.beaten = beaten;
      if (!authority.is_relay) learned |= learn(ours, *same);
      theirs.versions.erase(same);
      kept.push_back(std::move(ours));
      continue;
    }
    bool relay_had = relay_has(ours, authority);
    bool seen = std::any_of(theirs.versions.begin(), theirs.versions.end(), [&](const Version& version) {
      return !version.trail && has_seen(version, ours, at_relay(ours, authority));
    });
    if (ours.trail ? relay_had : (relay_had || seen)) {
      merged.changed = true;
      if (!ours.trail) merged.superseded.push_back({mine.column, std::move(ours)});
    } else {
      kept.push_back(std::move(ours));
    }
  }

  // Theirs that are new, unless ours have seen them, or another of theirs has.
  for (auto& version : theirs.versions) {
    auto sees = [&](const Version& other) {
      return !other.trail && &other != &version && has_seen(other, version, brought_at(version, authority));
    };
    bool seen = std::any_of(kept.begin(), kept.end(), sees) ||
                (!authority.is_relay && std::any_of(theirs.versions.begin(), theirs.versions.end(), sees));  // the relay has weighed its own
    if (version.trail) {  // decided where it was written; here only history lacks it
      version.trail = false;
      version.seq = seq;
      merged.superseded.push_back({mine.column, version});
      continue;
    }
    if (seen) {
      merged.refused = true;
      if (!authority.is_relay) merged.superseded.push_back({mine.column, version});
      continue;
    }
    fresh.push_back(version);
    fresh.back().seq = seq;
    if (authority.is_relay) fresh.back().seen = {};
    fresh.back().received = authority.is_relay || authority.is_carried() || (authority.from.value && authority.from != version.stamp.device);
    merged.changed = true;
  }

  mine.versions = std::move(kept);
  for (auto& version : fresh) mine.versions.push_back(std::move(version));
  if (mine.versions.size() > 1) order(mine.versions);
  if (learned) put_away_what_was_seen(mine, merged);
  return merged;
}

// Conflict: a row is deleted here and edited there. Resolution: a tombstone that does not cover every version of the row is
// beaten, and a row is dead only by an unbeaten one. Reason: what somebody wrote without knowing of the deletion is
// worth more than the deletion; the beaten tombstone stays as a conflict that says who deleted.
void settle_life(Row& row, const Authority& authority, Seq seq) {
  auto* life = row.find(life_column);
  if (!life) return;
  for (auto& tombstone : life->versions) {
    if (tombstone.beaten || tombstone.trail || !is_tombstone(*life, tombstone)) continue;
    auto lives = [&](const Cell& cell, const Version& version) {
      return !version.trail && !is_tombstone(cell, version) && !covers(tombstone, version, authority, seq);
    };
    for (auto& cell : row.cells)
      tombstone.beaten |= std::any_of(cell.versions.begin(), cell.versions.end(),
                                      [&](const Version& version) { return lives(cell, version); });
  }
}

}  // namespace carnet
