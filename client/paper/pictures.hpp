// Photos on paper, what a sound looks like, and the first picture of a clip: the file for the network where it is here, else the preview.
#pragma once
#include "client/paper/document.hpp"
#include "client/paper/records.hpp"

namespace carnet {

// Of a row of `media`, with its caption. Nothing where there is no JPEG or PNG of it.
std::optional<form::Picture> picture_of(Records& records, const Record& media);
// Of all media about these rows; the captions of the rows stand where a picture has none of its own.
form::Pictures pictures_about(Records& records, const std::vector<Record>& rows);

}  // namespace carnet
