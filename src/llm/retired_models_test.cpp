#include "llm/retired_models.hpp"

#include <gtest/gtest.h>

namespace convoke {
namespace {

TEST(RetiredModels, NameTheirSuccessors) {
  EXPECT_EQ(retirement_note("llama-3.3-70b-versatile"),
            "'llama-3.3-70b-versatile' was retired on 2026-08-16; use 'openai/gpt-oss-120b' instead");
  EXPECT_EQ(retirement_note("gemini-2.0-flash-001"), "'gemini-2.0-flash-001' was retired on 2026-06-01");
}

TEST(RetiredModels, AreFoundUnderDatedAndRoutedNames) {
  EXPECT_EQ(find_retired_model("claude-opus-4-1-20250805")->successor, "claude-opus-5-5");
  EXPECT_EQ(find_retired_model("anthropic/claude-3.5-sonnet")->name, "claude-3-5-sonnet");
  EXPECT_EQ(find_retired_model("meta-llama/llama-4-scout-17b-16e-instruct:free")->name,
            "llama-4-scout-17b-16e-instruct");
}

TEST(RetiredModels, AreNoneOfThoseThatLive) {
  for (const char* alive : {"claude-sonnet-5-5", "claude-opus-4-8", "gpt-6.1-terra", "openai/gpt-oss-120b", "o1",
                            "gpt-4", "claude-sonnet-4-6", "qwen3-32b-tuned-by-me"}) {
    EXPECT_EQ(find_retired_model(alive), nullptr) << alive;
  }
}

}  // namespace
}  // namespace convoke
