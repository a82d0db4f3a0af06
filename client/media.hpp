// What this device has and lacks of media, and the order in which they travel: its own first, since they may be the only copy, and what is
// small before what is large. Files stand in a folder beside the replica (carnet.db.media); what became of them in the table carnet_blob.
// A column of type media whose table has a column NAME_wanted holds what is large: it travels where somebody asked for it, or over a link
// that costs nothing. One thread.
#pragma once
#include <map>
#include <memory>
#include <set>

#include "core/replica.hpp"
#include "sync/media_session.hpp"
#include "sync/meeting.hpp"

namespace carnet {

std::string media_folder(const std::string& database);
bool is_media_type(std::string_view type);  // that pages show, and that holds no script

inline constexpr auto media_path = "/media";  // of the pages' server: bytes are put there, and read under it by their hash

// One cell that names a blob.
struct MediaItem {
  SpaceId space;
  RowKey row;
  ColumnId column;
  BlobName name;
  bool is_large = false;  // an original
  bool is_wanted = true;  // else it waits until somebody asks for it
  bool here = false;      // on disk, whole
  std::int64_t part = 0;  // bytes that came so far, where it is not
  bool sent = false;      // the relay has it, on disk
  bool asked = false;     // somebody here wants to see it
  std::int64_t again = 0; // not before, unix seconds
  std::string why;        // the relay's reason for not taking or giving it; empty: none
};

// What others lack and this device has; of an original only where somebody asked for it, wherever they are.
inline bool goes_in_bundle(const MediaItem& item) { return item.here && !item.sent && item.is_wanted; }

class MediaShelf final : public MediaPlan, public MeetingMedia {
 public:
  explicit MediaShelf(Replica& replica);  // with the files beside it
  MediaShelf(Replica& replica, std::unique_ptr<OwnBlobs> files);

  OwnBlobs& files() { return files_; }
  std::vector<MediaItem> items();
  // Puts bytes here, in the name of this type. too_large: over max_media_bytes; invalid: no type that pages show.
  Result<BlobName> put(const std::string& type, std::string_view bytes);
  // Somebody here wants to see it: it is fetched at the next sync, whatever the settings say.
  Result<void> ask_for(const BlobHash& hash);

  struct Waiting {
    std::size_t up = 0, down = 0;  // blobs
    std::int64_t bytes_up = 0, bytes_down = 0;
  };
  Waiting waiting(bool link_is_free, std::int64_t now);
  // Gets ready for requests. False: there is nothing to carry.
  bool plan(bool link_is_free, std::int64_t now);
  // The space is being given up: what the relay lacks of its media is brought all the same, since the rows that name them may have been taken.
  void owe(SpaceId space);
  // Throws away what no row has named for thirty days, of which no more counts than one from one call to the next, and at once what the relay has of a space that was given up.
  void collect(std::int64_t now);

  // MediaPlan
  std::optional<Job> next() override;
  bool words_wait() override;
  Blobs& blobs() override { return files_; }
  void arrived(const Job& job) override;
  void declined(const Job& job, const Error& why) override;
  std::size_t refused() const { return refused_; }  // by the relay, since plan()

  // MeetingMedia
  std::vector<Blob> lacks() override;
  std::set<Blob> holds() override;
  void came(const BlobHash& hash) override;

  std::vector<BlobName> for_bundle(SpaceId space);  // see goes_in_bundle
  Taken take(const BlobHash& hash, std::int64_t bytes, std::int64_t from, std::string_view piece);  // that a bundle brings

 private:
  struct Noted {
    bool sent = false, asked = false;
    std::int64_t again = 0;  // unix seconds; not before
    std::string why;
  };
  std::vector<Job> jobs(bool link_is_free, std::int64_t now);
  std::map<std::pair<SpaceId, BlobHash>, Noted> noted();
  void note(SpaceId space, const BlobHash& hash, const char* change);
  std::set<BlobHash> named();
  std::set<BlobHash> owed();
  void forget_owed(const Job& job);
  std::int64_t written_here();

  Replica& replica_;
  std::unique_ptr<OwnBlobs> held_;
  OwnBlobs& files_;
  std::vector<Job> jobs_;  // the most urgent last
  std::int64_t written_ = 0, now_ = 0;
  std::size_t refused_ = 0;
};

}  // namespace carnet
