#include "domain/frames.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace convoke {
namespace {

std::string problem_of(std::string_view text) {
  const auto frame = parse_client_frame(text);
  return frame ? "none" : frame.error().message;
}

TEST(ClientFrame, UnderstandsAChat) {
  const auto frame = parse_client_frame(
      R"({"action":"chat","request_id":"r1","payload":{"text":"hi","conversation_id":"c1","streaming":false}})");

  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->request_id, "r1");
  const Chat& chat = std::get<Chat>(frame->action);
  EXPECT_EQ(chat.text, "hi");
  EXPECT_EQ(chat.conversation_id, "c1");
  EXPECT_EQ(chat.streaming, false);
}

TEST(ClientFrame, UnderstandsWhereAQuestionGoes) {
  const auto where = [](std::string_view payload) {
    const auto frame =
        parse_client_frame(R"({"action":"chat","request_id":"r","payload":)" + std::string(payload) + "}");
    return std::get<Chat>(frame.value().action).where;
  };
  using enum BranchPoint::Kind;

  EXPECT_EQ(where(R"({"text":"x"})"), BranchPoint{});
  EXPECT_EQ(where(R"({"text":"x","parent":0})"), (BranchPoint{after, 0}));
  EXPECT_EQ(where(R"({"text":"x","edit":4})"), (BranchPoint{instead_of, 4}));
  EXPECT_EQ(where(R"({"regenerate":5})"), (BranchPoint{again, 5}));
  EXPECT_EQ(problem_of(R"({"action":"chat","request_id":"r","payload":{"text":"x","edit":4,"regenerate":5}})"),
            "payload.regenerate contradicts another member; give one of parent, edit and regenerate");
  EXPECT_EQ(problem_of(R"({"action":"chat","request_id":"r","payload":{"text":"x","edit":0}})"),
            "payload.edit is 0; expected a whole number from 1 to 9223372036854775807");
  EXPECT_EQ(problem_of(R"({"action":"conversations.switch","request_id":"r","payload":{"conversation_id":"c"}})"),
            "payload.seq is missing; expected a whole number");
}

TEST(ClientFrame, UnderstandsWhatAQuestionBringsAlong) {
  const auto frame = parse_client_frame(R"({"action":"chat","request_id":"r","payload":{"priority":"background",
    "images":["data:image/png;base64,iVBORw0KGgo=",{"media_type":"image/gif","data":"R0lGODlh"}],
    "response_format":{"type":"json_schema","json_schema":{"name":"city","schema":{"type":"object"},"strict":false}}}})");

  ASSERT_TRUE(frame) << frame.error().message;
  const Chat& chat = std::get<Chat>(frame->action);
  EXPECT_EQ(chat.images, (std::vector<Image>{{"image/png", "iVBORw0KGgo=", ""}, {"image/gif", "R0lGODlh", ""}}));
  EXPECT_EQ(chat.response_format, (ResponseFormat{.name = "city", .schema = {{"type", "object"}}, .strict = false}));
  EXPECT_EQ(chat.priority, QuestionPriority::background);
  const auto problem = [](std::string member) {
    return problem_of(R"({"action":"chat","request_id":"r","payload":{"text":"x",)" + member + "}}");
  };
  EXPECT_EQ(problem(R"("images":["data:image/png;base64,iVB"])"), "payload.images[0] has no Base64 in its data");
  EXPECT_EQ(problem(R"("images":[5])"), "payload.images[0] is no data URL, and no object with media_type and data");
  EXPECT_EQ(problem(R"("response_format":{"type":"json_schema","json_schema":{"name":"a b","schema":{"a":1}}})"),
            "payload.response_format.json_schema.name must have 1 to 64 letters, digits, underscores or hyphens");
}

TEST(ClientFrame, TakesAPictureOnlyWhereItsBytesBeginAsItsTypeSays) {
  const auto problem = [](std::string_view type, std::string_view data) {
    return problem_of(fmt::format(
        R"({{"action":"chat","request_id":"r","payload":{{"text":"x","images":[{{"media_type":"{}","data":"{}"}}]}}}})",
        type, data));
  };
  const std::pair<std::string_view, std::string_view> beginnings[] = {{"image/png", "iVBORw0KGgoAAAANSUhEUgAA"},
                                                                      {"image/jpeg", "/9j/4AAQSkZJRgABAQAAAQAB"},
                                                                      {"image/gif", "R0lGODdhAQABAIAAAAAAAAAA"},
                                                                      {"image/webp", "UklGRiQAAABXRUJQVlA4IBgA"}};
  for (const auto& [type, data] : beginnings) {
    for (const auto& [other, other_data] : beginnings) {
      EXPECT_EQ(
          problem(type, other_data),
          type == other ? "none" : fmt::format("payload.images[0] has data that do not begin as those of {} do", type));
    }
  }
  EXPECT_EQ(problem("image/png", "aGVsbG8="), "payload.images[0] has data that do not begin as those of image/png do");
  EXPECT_EQ(problem("image/webp", "UklGRg=="),
            "payload.images[0] has data that do not begin as those of image/webp do");
}

TEST(ClientFrame, WritesNumbersAsPeopleDo) {
  EXPECT_EQ(problem_of(R"({"action":"chat","request_id":"r","payload":{"text":"x","edit":1.5}})"),
            "payload.edit is 1.5; expected a whole number from 1 to 9223372036854775807");
}

TEST(ClientFrame, NamesTheFieldTheValueAndWhatWasExpected) {
  EXPECT_EQ(problem_of("{"), "the frame is not JSON: it ends too early");
  EXPECT_EQ(problem_of("[]"), "the frame is an array; expected a JSON object");
  EXPECT_EQ(problem_of(R"({"action":"chat"})"), "request_id is missing; expected a string chosen by you");
  EXPECT_EQ(problem_of(R"({"action":"chat","request_id":7})"),
            "request_id is a number; expected a string of 1 to 256 bytes");
  EXPECT_EQ(problem_of(R"({"action":"chat","request_id":"r","payload":[]})"),
            "payload is an array; expected an object");
  EXPECT_EQ(problem_of(R"({"action":"chat","request_id":"r"})"), "payload.text is missing; expected a string");
  EXPECT_EQ(problem_of(R"({"action":"chat","request_id":"r","payload":{"text":5}})"),
            "payload.text is a number; expected a string");
  EXPECT_EQ(problem_of(R"({"action":"chat","request_id":"r","payload":{"text":"  "}})"),
            "payload.text is empty; expected text");
  EXPECT_EQ(problem_of(R"({"action":"chat","request_id":"r","payload":{"text":"x","streaming":"yes"}})"),
            "payload.streaming is a string; expected true or false");
  EXPECT_EQ(problem_of(R"({"action":"resume","request_id":"r","payload":{"after":-1}})"),
            "payload.after is -1; expected a whole number from 0 to 9223372036854775807");
  EXPECT_TRUE(
      problem_of(R"({"action":"fly","request_id":"r"})").starts_with("action is \"fly\"; expected one of \"chat\""));
}

TEST(ClientFrame, TellsAnActionThatIsNoTextFromOneThatIsMissing) {
  const auto problem = [](std::string_view text) { return parse_client_frame(text).error(); };

  EXPECT_TRUE(problem(R"({"request_id":"r"})").message.starts_with("action is missing; expected one of"));
  EXPECT_TRUE(problem(R"({"action":5,"request_id":"r"})").message.starts_with("action is a number; expected one of"));
  EXPECT_EQ(problem(R"({"action":5,"request_id":"r"})").field, "action");
  EXPECT_EQ(problem(R"({"action":"fly","request_id":"r"})").field, "action");
}

TEST(ClientFrame, RefusesWhatARegeneratedQuestionWouldDrop) {
  const auto problem = [](std::string members) {
    return problem_of(R"({"action":"chat","request_id":"r","payload":{"regenerate":1,)" + members + "}}");
  };
  const std::string why = " is given beside regenerate, which asks the same question again; edit asks another";

  EXPECT_EQ(problem(R"("text":"and shorter")"), "payload.text" + why);
  EXPECT_EQ(problem(R"("prompt":{"name":"explain"})"), "payload.prompt" + why);
  EXPECT_EQ(problem(R"("attachments":[{"uri":"a:b"}])"), "payload.attachments" + why);
  EXPECT_EQ(problem(R"("images":["data:image/png;base64,iVBORw0KGgo="])"), "payload.images" + why);
  EXPECT_EQ(problem(R"("text":"")"), "none");
}

TEST(ClientFrame, RefusesTitlesAndNewIdsThatFitNoLine) {
  const auto renaming = [](std::string title) {
    return problem_of(
        R"({"action":"conversations.rename","request_id":"r","payload":{"conversation_id":"c","title":")" + title +
        "\"}}");
  };
  std::string longest;
  for (int i = 0; i < 200; ++i) longest += "é";

  EXPECT_EQ(renaming(longest), "none");
  EXPECT_EQ(renaming(longest + "x"), "payload.title has 201 characters; at most 200");
  EXPECT_EQ(renaming("a\\nb"), "payload.title has control characters; expected one line");
  EXPECT_EQ(problem_of(R"({"action":"chat","request_id":"r","payload":{"text":"x","conversation_id":"a\u0000b"}})"),
            "payload.conversation_id has control characters; expected an id without");
  EXPECT_EQ(
      problem_of(
          R"({"action":"conversations.fork","request_id":"r","payload":{"conversation_id":"c","new_id":"a\nb"}})"),
      "payload.new_id has control characters; expected an id without");
}

TEST(ClientFrame, AsksForUsageInASingleRow) {
  const auto frame = parse_client_frame(R"({"action":"usage","request_id":"r","payload":{"by":""}})");

  ASSERT_TRUE(frame) << frame.error().message;
  EXPECT_EQ(std::get<GetUsage>(frame->action).by, "");
  EXPECT_EQ(std::get<GetUsage>(parse_client_frame(R"({"action":"usage","request_id":"r"})")->action).by, "day");
}

TEST(ClientFrame, KeepsTheRequestIdOfAFrameItRefuses) {
  const auto frame = parse_client_frame(R"({"action":"chat","request_id":"r9","payload":{}})");

  ASSERT_FALSE(frame);
  EXPECT_EQ(frame.error().request_id, "r9");
  EXPECT_EQ(frame.error().field, "payload.text");
}

TEST(ServerFrame, WritesEachKindAsDocumented) {
  EXPECT_EQ(to_text({"r", 1, Processing{}}), R"({"request_id":"r","seq":1,"status":"processing"})");
  EXPECT_EQ(to_text({"r", 2, Chunk{Chunk::Type::text, "a\"b"}}),
            R"({"request_id":"r","seq":2,"status":"chunk","chunk":{"type":"text","data":"a\"b"}})");
  EXPECT_EQ(to_text({"r", 3, Processing{"tool_execution", "sum", {{"tool", "sum"}}}}),
            R"({"request_id":"r","seq":3,"status":"processing","chunk":{"type":"tool_execution","data":"sum",)"
            R"("metadata":{"tool":"sum"}}})");
  EXPECT_EQ(to_text({"r", 4, Complete{{{"tokens", 42}}, {}}}),
            R"({"request_id":"r","seq":4,"status":"complete","metadata":{"tokens":42}})");
  EXPECT_EQ(to_text({"", 0, Failed{{Errc::invalid_input, "no", {}}, "payload.text"}}),
            R"({"request_id":null,"seq":0,"status":"error","error":{"code":400,"type":"invalid_input","message":"no",)"
            R"("retryable":false,"field":"payload.text"},"chunk":{"error":"no"}})");
}

TEST(Message, SurvivesTheWayThroughJson) {
  const std::vector<Part> parts{Text{"a"}, Reasoning{"because", "{\"sig\":1}"}, Image{"image/png", "AAAA", ""},
                                ToolCall{"c1", "sum", "{\"a\":1}"},
                                ToolResult{"c1", "sum", "1", {Image{"image/png", "BB", ""}}, true}};

  EXPECT_EQ(parts_from_json(to_json(parts)), parts);
}

TEST(ClientFrame, UnderstandsAnAnswerToAQuestion) {
  const auto frame = parse_client_frame(
      R"({"action":"answer","request_id":"r1","payload":{"input_id":"i1","decision":"accept","arguments":{"a":1},"remember":true}})");

  ASSERT_TRUE(frame);
  const AnswerInput& given = std::get<AnswerInput>(frame->action);
  EXPECT_EQ(given.input_id, "i1");
  EXPECT_EQ(given.answer,
            (InputAnswer{.decision = InputDecision::accepted, .content = json::object{{"a", 1}}, .remember = true}));
  EXPECT_EQ(problem_of(R"({"action":"answer","request_id":"r","payload":{"input_id":"i","decision":"maybe"}})"),
            R"(payload.decision is "maybe"; expected one of "accept", "decline", "cancel")");
  EXPECT_EQ(problem_of(R"({"action":"answer","request_id":"r","payload":{"decision":"accept"}})"),
            "payload.input_id is missing; expected a string");
}

TEST(ClientFrame, UnderstandsAPromptAndAttachments) {
  const auto frame = parse_client_frame(R"({"action":"chat","request_id":"r1","payload":{
    "prompt":{"name":"explain","server":"demo","arguments":{"x":"1"}},"attachments":[{"uri":"a:b"}]}})");

  ASSERT_TRUE(frame);
  const Chat& chat = std::get<Chat>(frame->action);
  EXPECT_EQ(chat.text, "");
  EXPECT_EQ(chat.prompt, (PromptUse{"demo", "explain", {{"x", "1"}}}));
  EXPECT_EQ(chat.attachments, (std::vector<ResourceUse>{{"", "a:b"}}));
}

TEST(ClientFrame, NamesTheMemberOfAPromptOrAttachmentThatIsWrong) {
  const auto problem_with = [](std::string_view members) {
    return problem_of(fmt::format(R"({{"action":"chat","request_id":"r","payload":{{"text":"x",{}}}}})", members));
  };
  EXPECT_EQ(problem_with(R"("prompt":7)"), "payload.prompt is a number; expected an object");
  EXPECT_EQ(problem_with(R"("prompt":{})"), "payload.prompt.name is missing; expected a string");
  EXPECT_EQ(problem_with(R"("prompt":{"name":"a","arguments":{"b":1}})"),
            "payload.prompt.arguments has a member that is no string; expected strings only");
  EXPECT_EQ(problem_with(R"("attachments":"a:b")"),
            "payload.attachments must be a list of at most 16 objects with a uri");
  EXPECT_EQ(problem_with(R"("attachments":[{"uri":1}])"), "payload.attachments.uri is a number; expected a string");
}

TEST(ClientFrame, WantsToKnowWhatIsToBeCompleted) {
  EXPECT_EQ(problem_of(R"({"action":"complete","request_id":"r","payload":{"argument":"a"}})"),
            "payload.prompt or payload.uri_template must say what is completed, one of them");
  EXPECT_EQ(problem_of(R"({"action":"complete","request_id":"r","payload":{"argument":"a","prompt":"p","value":"x"}})"),
            "none");
}

TEST(ServerFrame, TellsAQuestionWithItsDetails) {
  InputRequired asked{"i1", {InputKind::url, "shop", "Pay", {{"url", "https://a.example"}}}, WallTime{}, 5000};

  EXPECT_EQ(
      to_text({"r", 2, asked}),
      R"({"request_id":"r","seq":2,"status":"input_required","input":{"url":"https://a.example","input_id":"i1",)"
      R"("kind":"url","server":"shop","message":"Pay","expires_at":"1970-01-01T00:00:00.000Z","expires_in_ms":5000}})");
}

}  // namespace
}  // namespace convoke
