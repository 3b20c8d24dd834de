#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "app/config_settings.hpp"

namespace convoke {
namespace {

/// How docs/configuration.md has to describe a setting.
template <class Owner>
std::string row(const std::string& prefix, const Setting<Owner>& setting) {
  const std::string standard = setting.standard.empty() ? "" : fmt::format("`{}`", setting.standard);
  return fmt::format("| `{}{}` | {} | {} | {} |\n", prefix, setting.key, setting.accepts, standard, setting.meaning);
}

std::string rows_missing_in(const std::string& text) {
  std::string missing;
  const auto look_for = [&](const std::string& wanted) { missing += text.contains(wanted) ? "" : wanted; };
  for (const auto& setting : settings()) look_for(row("", setting));
  for (const auto& setting : provider_settings()) look_for(row("llm.providers.<name>.", setting));
  return missing;
}

std::string contents_of(const std::string& path) {
  std::ifstream stream(path);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::size_t count(std::string_view text, std::string_view wanted) {
  std::size_t found = 0;
  for (auto at = text.find(wanted); at != std::string_view::npos; at = text.find(wanted, at + 1)) ++found;
  return found;
}

TEST(ConfigurationPage, DescribesEverySettingAsTheTableDoes) {
  EXPECT_EQ(rows_missing_in(contents_of(CONVOKE_SOURCE_DIR "/docs/configuration.md")), "");
}

TEST(ConfigurationPage, DescribesNoSettingThatIsNotThere) {
  const std::string page = contents_of(CONVOKE_SOURCE_DIR "/docs/configuration.md");
  const auto begin = page.find("\n## config.yaml");
  const std::string yaml = page.substr(begin, page.find("\n## servers_config.json") - begin);

  EXPECT_EQ(count(yaml, "\n| `"), settings().size() + provider_settings().size());
}

}  // namespace
}  // namespace convoke
