#include "llm/picture_text.hpp"

#include <fmt/format.h>

namespace convoke {

std::string described(const Image& image) {
  if (image.data.empty()) return image.media_type.empty() ? "at " + image.url : image.media_type;
  const std::size_t kilobytes = (image.data.size() * 3 / 4 + 1023) / 1024;
  return fmt::format("{}, {} KB", image.media_type, kilobytes);
}

std::string unseen_picture(const Image& image) {
  return fmt::format("[image: {}; this model cannot see it]", described(image));
}

std::string with_pictures_named(const Message& message) {
  std::string words;
  for (const Part& part : message.parts) {
    const Text* text = std::get_if<Text>(&part);
    const Image* image = std::get_if<Image>(&part);
    if (!text && !image) continue;
    if (image && !words.empty()) words += '\n';
    words += text ? text->text : unseen_picture(*image);
  }
  return words;
}

}  // namespace convoke
