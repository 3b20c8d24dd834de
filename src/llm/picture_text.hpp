#pragma once
#include <string>

#include "domain/message.hpp"

namespace convoke {

/// "image/png, 34 KB".
std::string described(const Image& image);

/// What stands in the place of a picture that a model cannot be shown.
std::string unseen_picture(const Image& image);

/// The words of a message, with each picture named where it would be.
std::string with_pictures_named(const Message& message);

}  // namespace convoke
