#include "llm/models.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

class Silent final : public Provider {
  Task<std::expected<Reply, ReplyError>> reply(Prompt, std::function<void(const Delta&)>) override {
    co_return Reply{};
  }
};

Models two_providers() {
  Models models;
  models.add("groq", std::make_unique<Silent>(), "openai/gpt-oss-120b");
  models.add("ollama", std::make_unique<Silent>(), "llama3.2");
  models.set_active("groq");
  return models;
}

TEST(Models, UseTheActiveProvidersDefaultWhenNoneIsNamed) {
  EXPECT_EQ(two_providers().choose(std::nullopt).model, "openai/gpt-oss-120b");
}

TEST(Models, TakeAProvidersNameForItsDefaultModel) {
  const ModelChoice choice = two_providers().choose("ollama");
  EXPECT_EQ(choice.provider_name, "ollama");
  EXPECT_EQ(choice.model, "llama3.2");
}

TEST(Models, TakeProviderColonModel) {
  const ModelChoice choice = two_providers().choose("ollama:qwen3:8b");
  EXPECT_EQ(choice.provider_name, "ollama");
  EXPECT_EQ(choice.model, "qwen3:8b");
}

TEST(Models, TakeAnythingElseForAModelOfTheActiveProvider) {
  const ModelChoice choice = two_providers().choose("meta/some-model:free");
  EXPECT_EQ(choice.provider_name, "groq");
  EXPECT_EQ(choice.model, "meta/some-model:free");
}

}  // namespace
}  // namespace convoke
