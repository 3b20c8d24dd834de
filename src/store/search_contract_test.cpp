// What every store must find.
#include <gmock/gmock.h>

#include "store/conversation_store_contract.hpp"

namespace convoke {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

/// Appends a last word and waits until it is found.
Task<bool> ConversationStoreContract::index_is_through() {
  const std::string word = "zq" + std::to_string(++last_words_);
  const auto stored = co_await store_->append({in("last word", answer(word))});
  for (int i = 0; stored && i < 500; ++i) {
    const auto hits = co_await store_->search({.text = word});
    if (hits && !hits->empty()) co_return true;
    co_await sleep_for(2ms);
  }
  co_return false;
}

std::vector<SearchHit> ConversationStoreContract::search(SearchQuery query) {
  EXPECT_TRUE(run(index_is_through()));
  return run(store_->search(std::move(query))).value();
}

std::vector<std::string> ConversationStoreContract::found(SearchQuery query) {
  std::vector<std::string> places;
  for (const SearchHit& hit : search(std::move(query))) {
    places.push_back(hit.conversation_id + ":" + std::to_string(hit.seq));
  }
  return places;
}

namespace {

TEST_P(ConversationStoreContract, FindsWhatWasSaid) {
  const auto stored = appended({question("How far is the moon?"), answer("The moon is 384,400 km away.")});

  const auto hits = search({.text = "moon away"});

  ASSERT_THAT(hits, SizeIs(1));
  EXPECT_EQ(hits[0].conversation_id, "c1");
  EXPECT_EQ(hits[0].title, "How far is the moon?");
  EXPECT_EQ(hits[0].seq, 2);
  EXPECT_EQ(hits[0].role, Role::assistant);
  EXPECT_EQ(hits[0].timestamp, stored[1].timestamp);
  EXPECT_THAT(hits[0].snippet,
              ElementsAre(SnippetPart{"The "}, SnippetPart{"moon", true}, SnippetPart{" is 384,400 km "},
                          SnippetPart{"away", true}, SnippetPart{"."}));
}

TEST_P(ConversationStoreContract, FindsWordsPhrasesAndBeginningsWithoutCaseAndAccents) {
  appended({question("Crème brûlée for two"), question("two for the road"), question("roadworks")});

  EXPECT_THAT(found({"creme BRULEE"}), ElementsAre("c1:1"));
  EXPECT_THAT(found({"\"for two\""}), ElementsAre("c1:1"));
  EXPECT_THAT(found({"road"}), ElementsAre("c1:2"));
  EXPECT_THAT(found({"road*"}), UnorderedElementsAre("c1:2", "c1:3"));
  EXPECT_THAT(found({"two -road"}), ElementsAre("c1:1"));
  EXPECT_THAT(found({"\"the roa\"*"}), ElementsAre("c1:2"));
  EXPECT_THAT(found({"roadw*"}), ElementsAre("c1:3"));
  EXPECT_THAT(found({"BRÛLÉ*"}), ElementsAre("c1:1"));
  EXPECT_THAT(found({"\"creme brule\"*"}), ElementsAre("c1:1"));
  EXPECT_THAT(found({"two -roadw*"}), UnorderedElementsAre("c1:1", "c1:2"));
  EXPECT_THAT(found({"roadz*"}), testing::IsEmpty());
}

TEST_P(ConversationStoreContract, FindsAllWordsWithABeginningHoweverMany) {
  std::string words;
  for (int i = 0; i < 100; ++i) words += "thousand" + std::to_string(i) + " ";
  appended({question(words), question("thousands of words"), question("nothing of that")});

  EXPECT_THAT(found({"thousan*"}), UnorderedElementsAre("c1:1", "c1:2"));
  EXPECT_THAT(found({"thousand99*"}), ElementsAre("c1:1"));
}

TEST_P(ConversationStoreContract, FindsWordsOfAnyLanguage) {
  appended({question("東京タワーに行きたい"), question("명동에서 만나요"), question("ฉันรักประเทศไทย"),
            question("Поехали в Москву"), question("שלום עולם")});

  EXPECT_THAT(found({"東京"}), ElementsAre("c1:1"));
  EXPECT_THAT(found({"タワー"}), ElementsAre("c1:1"));
  EXPECT_THAT(found({"京"}), ElementsAre("c1:1"));
  EXPECT_THAT(found({"京東"}), IsEmpty());
  EXPECT_THAT(found({"명동"}), ElementsAre("c1:2"));
  EXPECT_THAT(found({"ประเทศ"}), ElementsAre("c1:3"));
  EXPECT_THAT(found({"москву"}), ElementsAre("c1:4"));
  EXPECT_THAT(found({"עולם"}), ElementsAre("c1:5"));
}

TEST_P(ConversationStoreContract, TakesWhatPeopleTypeForWords) {
  appended({question("say \"hello\" AND (goodbye) NEAR foo-bar c1 ruser")});

  EXPECT_THAT(found({"AND"}), ElementsAre("c1:1"));
  EXPECT_THAT(found({"foo-bar"}), ElementsAre("c1:1"));
  EXPECT_THAT(found({"(goodbye)"}), ElementsAre("c1:1"));
  EXPECT_THAT(found({"words : x"}), IsEmpty());
  EXPECT_THAT(found({"\"say \"hello\" \" *"}), ElementsAre("c1:1"));
  EXPECT_THAT(found({"NEAR ( ' ; --"}), ElementsAre("c1:1"));
  EXPECT_EQ(run(store_->search({.text = " - \"\" * "})).error(),
            (Error{Errc::invalid_input, "there is no word to look for"}));
  EXPECT_EQ(run(store_->search({.text = "-not"})).error().code, Errc::invalid_input);
}

TEST_P(ConversationStoreContract, NarrowsASearch) {
  const WallTime day = question("").timestamp;
  Event later = answer("fish and more fish");
  later.timestamp = day + std::chrono::days(40);
  appended({question("fish"), later, in("c2", question("fish"))});
  appended({an_event(EventType::tool_result, tool_message({"call_1", "sea", "a fish"}))});

  EXPECT_THAT(found({.text = "fish", .conversation_id = "c2"}), ElementsAre("c2:1"));
  EXPECT_THAT(found({.text = "fish", .role = Role::assistant}), ElementsAre("c1:2"));
  EXPECT_THAT(found({.text = "fish", .role = Role::tool}), ElementsAre("c1:3"));
  EXPECT_THAT(found({.text = "fish", .from = day + 1s}), ElementsAre("c1:2"));
  EXPECT_THAT(found({.text = "fish", .role = Role::user, .until = day + 1s}), UnorderedElementsAre("c1:1", "c2:1"));
  EXPECT_THAT(found({.text = "fish", .until = day}), IsEmpty());
  EXPECT_THAT(found({.text = "fish", .conversation_id = "unknown"}), IsEmpty());
}

TEST_P(ConversationStoreContract, PutsTheBestHitFirstAndPages) {
  appended({question("a cat and a dog and a horse and a cow"), answer("cat cat"),
            question("one cat among many other animals")});

  EXPECT_THAT(found({.text = "cat", .limit = 1}), ElementsAre("c1:2"));
  EXPECT_THAT(found({.text = "cat", .offset = 1, .limit = 5}), SizeIs(2));
}

TEST_P(ConversationStoreContract, DoesNotFindWhatWasErased) {
  appended({question("xylophone"), in("c2", question("xylophone"))});
  ASSERT_THAT(found({"xylophone"}), SizeIs(2));

  ASSERT_TRUE(run(store_->erase("c1")));
  EXPECT_THAT(found({"xylophone"}), ElementsAre("c2:1"));

  appended({question("marimba")});
  EXPECT_THAT(found({"marimba"}), ElementsAre("c1:1"));
  ASSERT_TRUE(run(store_->erase_all()));
  EXPECT_THAT(found({"xylophone"}), IsEmpty());
}

}  // namespace
}  // namespace convoke
