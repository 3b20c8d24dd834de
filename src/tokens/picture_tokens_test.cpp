#include "tokens/picture_tokens.hpp"

#include <gtest/gtest.h>

#include <string>

namespace convoke {
namespace {

using namespace std::string_literals;

std::string base64(const std::string& bytes) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned bits = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      bits = bits << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    }
    for (int shift = 18; shift >= 0; shift -= 6) out += alphabet[bits >> shift & 63U];
  }
  return out;
}

const std::string rest(64, 'x');

TEST(PictureSize, IsReadFromTheHeadOfEachFormat) {
  const std::string png = "\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xE0"s + rest;
  const std::string gif = "GIF89a\x80\x02\xE0\x01"s + rest;
  const std::string lossy = "RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9D\x01*\x80\x02\xE0\x01"s + rest;
  const std::string lossless = "RIFF\0\0\0\0WEBPVP8L\0\0\0\0/\x7F\xC2\x77\0"s + rest;
  const std::string extended = "RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\x7F\x02\0\xDF\x01\0"s + rest;

  EXPECT_EQ(picture_size(base64(png)), (PictureSize{640, 480}));
  EXPECT_EQ(picture_size(base64(gif)), (PictureSize{640, 480}));
  EXPECT_EQ(picture_size(base64(lossy)), (PictureSize{640, 480}));
  EXPECT_EQ(picture_size(base64(lossless)), (PictureSize{640, 480}));
  EXPECT_EQ(picture_size(base64(extended)), (PictureSize{640, 480}));
}

TEST(PictureSize, IsFoundBehindAJpegsCameraData) {
  const std::string camera = "\xFF\xE1\x40\x02"s + std::string(0x4000, 'e');
  const std::string tables = "\xFF\xFF\xC4\0\x05xxx"s;
  const std::string jpeg = "\xFF\xD8"s + camera + tables + "\xFF\xC2\0\x11\x08\x01\xE0\x02\x80\x03"s + rest;

  EXPECT_EQ(picture_size(base64(jpeg)), (PictureSize{640, 480}));
}

TEST(PictureSize, IsNotKnownOfWhatSaysNone) {
  EXPECT_EQ(picture_size(""), std::nullopt);
  EXPECT_EQ(picture_size("%%%"), std::nullopt);
  EXPECT_EQ(picture_size(base64("\x89PNG\r\n\x1A\n")), std::nullopt);
  EXPECT_EQ(picture_size(base64("\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\0\0\0\0\x01\xE0"s + rest)), std::nullopt);
  EXPECT_EQ(picture_size(base64("\xFF\xD8\xFF\xE1\0\0"s + rest)), std::nullopt);
  EXPECT_EQ(picture_size(base64("BM" + rest)), std::nullopt);
}

TEST(PictureTokens, FollowTheProvidersOwnExamples) {
  const auto tokens = [](std::string_view model, PictureSize size) {
    return picture_tokens(picture_rule_for_model(model), size);
  };
  EXPECT_EQ(tokens("gpt-4o", {1024, 1024}), 765);
  EXPECT_EQ(tokens("openai/gpt-4.1", {2048, 4096}), 1105);
  EXPECT_EQ(tokens("gpt-4.1-mini", {1024, 1024}), 1659);
  EXPECT_EQ(tokens("gpt-6.1-terra", {1024, 1024}), 1229);
  EXPECT_EQ(tokens("gpt-6.1-terra", {1920, 1080}), 2448);
  EXPECT_EQ(tokens("gpt-6.1-terra", {4000, 3000}), 3000);
  EXPECT_NEAR(static_cast<double>(tokens("claude-sonnet-4-5", {1000, 1000})), 1334, 60);
  EXPECT_NEAR(static_cast<double>(tokens("claude-3-5-sonnet-20241022", {4000, 3000})), 1568 * 1176 / 750, 60);
  EXPECT_EQ(tokens("anthropic/claude-sonnet-5.5", {1000, 1000}), 1296);
  EXPECT_EQ(tokens("claude-opus-4-8", {4000, 3000}), 4000);
}

TEST(PictureTokens, AreNeverAbsurd) {
  for (const std::string_view model : {"gpt-4o", "gpt-4o-mini", "gpt-6-luna", "claude-sonnet-5-5", "llava", ""}) {
    const PictureRule rule = picture_rule_for_model(model);
    EXPECT_GE(picture_tokens(rule, PictureSize{1, 1}), 1) << model;
    EXPECT_LE(picture_tokens(rule, PictureSize{1'000'000'000, 1}), 100'000) << model;
    EXPECT_EQ(picture_tokens(rule, std::nullopt), picture_tokens(rule, PictureSize{1024, 1024})) << model;
  }
}

}  // namespace
}  // namespace convoke
