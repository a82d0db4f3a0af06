// The codecs and the merge of texts.
#include "tests/fuzz/target.hpp"
#include "tests/fuzz/text_complaint.hpp"

std::string carnet::test::try_input(std::string_view bytes) { return complaint_about(bytes); }
