#include "llm/provider_settings.hpp"

#include <gmock/gmock.h>

namespace convoke {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ProviderSettings, NeedOnlyAKeyForAKnownProvider) {
  ProviderSettings settings = default_settings("groq");
  settings.api_key = Secret("gsk_x");

  EXPECT_THAT(problems(settings), IsEmpty());
  EXPECT_EQ(settings.base_url, "https://api.groq.com/openai/v1");
  EXPECT_EQ(settings.model, "openai/gpt-oss-120b");
}

TEST(ProviderSettings, NeedNoKeyForALocalServerOrTheDemo) {
  EXPECT_THAT(problems(default_settings("ollama")), IsEmpty());
  EXPECT_THAT(problems(default_settings("llamacpp")), IsEmpty());
  EXPECT_THAT(problems(default_settings("demo")), IsEmpty());
}

TEST(ProviderSettings, NeedAnAddressAndAModelForAnUnknownProvider) {
  EXPECT_THAT(problems(default_settings("mine")),
              ElementsAre("llm.providers.mine.base_url must be an http:// or https:// address",
                          "llm.providers.mine.model must not be empty"));
}

TEST(ProviderSettings, NameTheVariableOfAMissingKey) {
  EXPECT_THAT(
      problems(default_settings("openai")),
      ElementsAre("llm.providers.openai.api_key must be set, for example by the environment variable OPENAI_API_KEY"));
}

TEST(ProviderSettings, NeedTheirCertificateAuthorities) {
  ProviderSettings settings = default_settings("ollama");
  settings.connections.ca_file = "/nowhere/ca.pem";

  EXPECT_THAT(problems(settings),
              ElementsAre("llm.providers.ollama.http_client.ca_file must be a file that can be read"));
}

TEST(ProviderSettings, ReportEveryProblemAtOnce) {
  ProviderSettings settings = default_settings("ollama");
  settings.temperature = 3;
  settings.top_p = 0;
  settings.max_tokens = 0;
  settings.timeouts.connect = std::chrono::milliseconds(0);
  settings.max_retries = -1;
  settings.backoff_factor = std::chrono::milliseconds(0);
  settings.api_key = Secret("two\r\nlines");

  EXPECT_EQ(problems(settings).size(), 7U);
}

TEST(ProviderApi, IsFoundByItsName) {
  EXPECT_EQ(provider_api_of("openai-compatible"), ProviderApi::openai_compatible);
  EXPECT_EQ(provider_api_of("telepathy"), std::nullopt);
}

}  // namespace
}  // namespace convoke
