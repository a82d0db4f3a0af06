// Every bound of the conversation, in one place. Both sides check them before they allocate.
#pragma once
#include <cstddef>
#include <cstdint>

namespace carnet {

inline constexpr int wire_version = 1;

inline constexpr std::size_t max_message_bytes = std::size_t{8} << 20;  // one message, unpacked: a row of 4 MiB and its like
inline constexpr std::size_t max_hello_bytes = 16'384;                  // of who is not let in yet, packed and unpacked: 256 spaces take 10,000
inline constexpr std::size_t max_row_bytes = std::size_t{4} << 20;      // one row with all its standing versions
inline constexpr std::size_t max_entries = 65'536;                      // rows, or parts of rows, of one frame
inline constexpr std::size_t max_cells = 1 << 20;                       // cells of one frame
inline constexpr std::size_t max_spaces = 256;                          // spaces of one device
inline constexpr std::size_t max_stamps = 1'024;                        // stamps of one context, and standing versions of a cell that is no text
inline constexpr std::size_t max_text_bytes = 1'000;                    // of a reason
inline constexpr std::size_t max_name_bytes = 200;                      // of a person or a space
inline constexpr std::size_t max_bearer_bytes = 43;                     // of a device (sync/peer.hpp)

// Frames are sized to about one second of the link, which is what a cut can cost. All unpacked, a third of it packed. The first
// is for a link that nobody has measured: two seconds and a half at 64 kbit/s.
inline constexpr std::size_t min_frame_bytes = 3'000;
inline constexpr std::size_t first_frame_bytes = 64'000;
inline constexpr std::size_t max_frame_bytes = 250'000;

inline constexpr std::size_t first_symbols = 16;               // of a comparison: some eight differing rows
inline constexpr std::size_t max_symbols = 32'768;             // in all; some 20,000 differing rows: then everything goes
inline constexpr std::size_t max_symbols_a_message = 16'384;
inline constexpr std::size_t max_wanted = 65'000;              // digests of one message

inline constexpr std::size_t max_offered = 1'024;              // devices of whom one device carries work in a space
inline constexpr std::size_t signature_bytes = 64, verifying_key_bytes = 32;  // Ed25519

// Of a meeting of two devices.
inline constexpr std::size_t proof_bytes = 16;
inline constexpr std::size_t max_proofs = 3 * max_spaces;                     // a device keeps the last three keys of a space
inline constexpr std::size_t max_passport_bytes = 200;
inline constexpr std::size_t max_ranges = 32'768;                             // that one holds of a space; what lies beyond comes again
inline constexpr std::size_t max_unanswered = 16;                             // frames
inline constexpr std::size_t max_meeting_bytes = std::size_t{64} << 20;       // of words that one takes, packed; the rest follows at the next meeting
inline constexpr std::size_t max_meeting_media_bytes = std::size_t{32} << 20; // of photos and the like that one takes; the same
inline constexpr std::size_t max_lacks = 4'096;                               // blobs that one asks for
inline constexpr std::size_t max_piece_bytes = 65'536;                        // of a blob, at once; in a bundle too

inline constexpr double unpacked_to_packed = 3;  // of French prose
inline constexpr std::size_t bytes_of_a_row = 300;  // a rough mean, unpacked, to choose the compressor's memory

inline constexpr int first_window_log = 18;  // 256 KiB of memory for unpacking a stream before it is primed,
inline constexpr int max_window_log = 21;    // 2 MiB after that

// What one stream may unpack to: so much, and so many times what arrived. Prose comes to 3 times, the dullest of tables to 40.
inline constexpr std::size_t free_unpacked_bytes = std::size_t{16} << 20;
inline constexpr std::size_t most_unpacked_ratio = 100;

}  // namespace carnet
