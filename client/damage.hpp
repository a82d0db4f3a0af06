// What a damaged replica, a full disk or a file that others hold looks like, and what is said of it. Whoever meets an exception asks here whose fault it is.
#pragma once
#include <exception>
#include <optional>
#include <string>

#include "client/language.hpp"
#include "core/replica.hpp"

namespace carnet {

// What is wrong with the file, in a few words; empty: not damaged. `fault`: what was thrown while it was in use, if anything: where
// SQLite does not say it by its code, the file is looked at.
std::optional<std::string> damage_of(const std::string& path, const std::exception* fault = nullptr);
// Sets right the head of the write-ahead log of a copy where one byte of it is wrong: its own check, and the first frame's, tell which.
void mend_log(const std::string& path);
// One sentence: the file, what is wrong, the way out.
std::string in_words(const std::string& path, const std::string& damage);

// Kept in the replica as far as it can still be written, so that nobody goes on with it.
void mark_damaged(const std::string& path, const std::string& damage);
std::optional<std::string> marked_damage(Replica& replica);

// Where the disk is full or does not let itself be written: a sentence.
std::optional<std::string> refusal_of_disk(const std::string& path, const std::exception& fault);
// Where another program held the file for too long.
std::optional<Words> refusal_of_others(const std::exception& fault);
std::string refusal_in_words(Language language, const std::string& path, const std::exception& fault);  // either; what is neither, as it is

}  // namespace carnet
