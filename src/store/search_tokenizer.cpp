// SQLite's interface for tokenizers and functions of FTS5: https://sqlite.org/fts5.html#extending_fts5
#include "store/search_tokenizer.hpp"

#include <sqlite3.h>

#include <cmath>
#include <memory>
#include <vector>

#include "store/search_terms.hpp"
#include "store/search_words.hpp"

namespace convoke {
namespace {

using OnToken = int (*)(void* context, int flags, const char* token, int bytes, int begin, int end);

fts5_api* api_of(sqlite3* database) {
  fts5_api* api = nullptr;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database, "SELECT fts5(?1)", -1, &statement, nullptr) != SQLITE_OK) return nullptr;
  sqlite3_bind_pointer(statement, 1, &api, "fts5_api_ptr", nullptr);
  sqlite3_step(statement);
  sqlite3_finalize(statement);
  return api;
}

/// The built-in tokenizer that ours leaves all other scripts to.
struct Words {
  fts5_tokenizer functions{};
  Fts5Tokenizer* tokenizer = nullptr;

  ~Words() {
    if (tokenizer) functions.xDelete(tokenizer);
  }
};

int create(void* api_pointer, const char**, int, Fts5Tokenizer** out) {
  auto* api = static_cast<fts5_api*>(api_pointer);
  auto words = std::make_unique<Words>();
  void* user_data = nullptr;
  if (const int code = api->xFindTokenizer(api, "unicode61", &user_data, &words->functions); code != SQLITE_OK) {
    return code;
  }
  const char* options[] = {"remove_diacritics", "2"};
  const int code = words->functions.xCreate(user_data, options, 2, &words->tokenizer);
  if (code != SQLITE_OK) return code;
  *out = reinterpret_cast<Fts5Tokenizer*>(words.release());
  return SQLITE_OK;
}

void destroy(Fts5Tokenizer* tokenizer) { delete reinterpret_cast<Words*>(tokenizer); }

/// Where tokens of a run go, whose places count from the beginning of the whole text.
struct Shifted {
  void* context;
  OnToken on_token;
  int by;

  static int take(void* self, int flags, const char* token, int bytes, int begin, int end) {
    const auto& to = *static_cast<Shifted*>(self);
    return to.on_token(to.context, flags, token, bytes, begin + to.by, end + to.by);
  }
};

int tokenize(Fts5Tokenizer* tokenizer, void* context, int flags, const char* text, int bytes, OnToken on_token) {
  const auto& words = *reinterpret_cast<Words*>(tokenizer);
  const std::string_view whole(text, static_cast<std::size_t>(bytes));
  for (const ScriptRun& run : script_runs(whole)) {
    Shifted shifted{context, on_token, static_cast<int>(run.begin)};
    const std::string_view part = whole.substr(run.begin, run.end - run.begin);
    if (!run.is_dense) {
      const int length = static_cast<int>(part.size());
      const int code = words.functions.xTokenize(words.tokenizer, &shifted, flags, part.data(), length, Shifted::take);
      if (code != SQLITE_OK) return code;
      continue;
    }
    for (const auto& [begin, end] : dense_tokens(part, (flags & FTS5_TOKENIZE_QUERY) != 0)) {
      const int code = Shifted::take(&shifted, 0, part.data() + begin, static_cast<int>(end - begin),
                                     static_cast<int>(begin), static_cast<int>(end));
      if (code != SQLITE_OK) return code;
    }
  }
  return SQLITE_OK;
}

// ---- relevance ------------------------------------------------------------------------------------------------------

constexpr int words_column = 0;
constexpr int max_counted = 1000;  // by all phrases together; a word that is found so often is not rare
constexpr int min_counted = 50;

/// What is the same for all rows of one query.
struct Weights {
  std::vector<double> rarity;  ///< of each phrase
  double average_length = 1;
};

struct Count {
  int found = 0;
  int most;
};

int count_up(const Fts5ExtensionApi*, Fts5Context*, void* context) {
  auto& count = *static_cast<Count*>(context);
  return ++count.found < count.most ? SQLITE_OK : SQLITE_DONE;
}

Weights weigh(const Fts5ExtensionApi* api, Fts5Context* row) {
  Weights weights;
  sqlite3_int64 rows = 1;
  sqlite3_int64 length = 1;
  api->xRowCount(row, &rows);
  api->xColumnTotalSize(row, words_column, &length);
  weights.average_length =
      std::max(1.0, static_cast<double>(length) / static_cast<double>(std::max<sqlite3_int64>(rows, 1)));
  for (int phrase = 0; phrase < api->xPhraseCount(row); ++phrase) {
    Count count{.most = std::max(max_counted / api->xPhraseCount(row), min_counted)};
    api->xQueryPhrase(row, phrase, &count, count_up);
    weights.rarity.push_back(std::log(1 + (static_cast<double>(rows) - count.found + 0.5) / (count.found + 0.5)));
  }
  return weights;
}

const Weights& weights_of(const Fts5ExtensionApi* api, Fts5Context* row) {
  if (void* known = api->xGetAuxdata(row, 0)) return *static_cast<Weights*>(known);
  auto* weights = new Weights(weigh(api, row));
  api->xSetAuxdata(row, weights, [](void* old) { delete static_cast<Weights*>(old); });
  return *weights;
}

/// BM25 with the usual k1 and b; larger is better.
void relevance(const Fts5ExtensionApi* api, Fts5Context* row, sqlite3_context* result, int, sqlite3_value**) {
  constexpr double k1 = 1.2;
  constexpr double b = 0.75;
  const Weights& weights = weights_of(api, row);
  std::vector<double> occurrences(weights.rarity.size());
  int instances = 0;
  api->xInstCount(row, &instances);
  for (int i = 0; i < instances; ++i) {
    int phrase = 0, column = 0, offset = 0;
    api->xInst(row, i, &phrase, &column, &offset);
    if (column == words_column) occurrences[static_cast<std::size_t>(phrase)] += 1;
  }
  int length = 0;
  api->xColumnSize(row, words_column, &length);
  const double spread = k1 * (1 - b + b * length / weights.average_length);
  double score = 0;
  for (std::size_t phrase = 0; phrase < occurrences.size(); ++phrase) {
    score += weights.rarity[phrase] * occurrences[phrase] * (k1 + 1) / (occurrences[phrase] + spread);
  }
  sqlite3_result_double(result, score);
}

}  // namespace

Result<void> teach_search(SqliteDatabase& database) {
  fts5_api* api = api_of(database.handle());
  if (!api) return fail(Errc::internal, "this SQLite has no FTS5");
  fts5_tokenizer ours{create, destroy, tokenize};
  const bool done = api->xCreateTokenizer(api, "convoke", api, &ours, nullptr) == SQLITE_OK &&
                    api->xCreateFunction(api, "relevance", nullptr, relevance, nullptr) == SQLITE_OK;
  if (!done) return fail(Errc::internal, "SQLite does not take the tokenizer of the search");
  return {};
}

// ---- the tokenizer alone --------------------------------------------------------------------------------------------

void WordCutter::Delete::operator()(void* tokenizer) const { destroy(static_cast<Fts5Tokenizer*>(tokenizer)); }

Result<WordCutter> WordCutter::make() {
  TRY(SqliteDatabase database, SqliteDatabase::open(":memory:", {}));
  fts5_api* api = api_of(database.handle());
  Fts5Tokenizer* tokenizer = nullptr;
  const bool done = api && create(api, nullptr, 0, &tokenizer) == SQLITE_OK;
  if (!done) return fail(Errc::internal, "this SQLite has no FTS5");
  WordCutter cutter(std::move(database));
  cutter.tokenizer_.reset(tokenizer);
  return cutter;
}

std::vector<CutWord> WordCutter::cut(std::string_view text, bool of_query) const {
  std::vector<CutWord> words;
  const auto take = [](void* context, int, const char* token, int bytes, int begin, int end) {
    static_cast<std::vector<CutWord>*>(context)->push_back({std::string(token, static_cast<std::size_t>(bytes)),
                                                            static_cast<std::size_t>(begin),
                                                            static_cast<std::size_t>(end)});
    return SQLITE_OK;
  };
  const int purpose = of_query ? FTS5_TOKENIZE_QUERY : FTS5_TOKENIZE_DOCUMENT;
  tokenize(static_cast<Fts5Tokenizer*>(tokenizer_.get()), &words, purpose, text.data(), static_cast<int>(text.size()),
           take);
  return words;
}

}  // namespace convoke
