#include "evaluator/explore/server.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <httplib.h>
#include <sys/random.h>

#include <array>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>

#include "core/error.h"
#include "core/log.h"

namespace mazescan::explore {
namespace {

using nlohmann::json;

constexpr const char* kAddress = "127.0.0.1";
constexpr size_t kThreads = 8;         // connections at a time; browsers open six
constexpr time_t kIdleSeconds = 1;     // a connection without requests is closed after so long
constexpr time_t kReadingSeconds = 5;  // the time for the next bytes of a request
constexpr const char* kJson = "application/json";

std::string text_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// Returns the three parts of a message as the page shows them.
json fault_json(const UserError& error) {
  const std::string text = error.what(), reason = "\n  reason: ", hint = "\n  hint:   ";
  const size_t first = text.find(reason), second = text.find(hint);
  expect(first != std::string::npos && second != std::string::npos, "a message of three parts");
  return {{"problem", text.substr(0, first)},
          {"reason", text.substr(first + reason.size(), second - first - reason.size())},
          {"hint", text.substr(second + hint.size())}};
}

void refuse(httplib::Response& response, int status, const UserError& error) {
  response.status = status;
  response.set_content(text_of(fault_json(error)), kJson);
}

// Lets another program bind the port only after this one has ended.
void reuse_address(socket_t socket) {
  const int yes = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
}

}  // namespace

std::string random_token() {
  std::array<unsigned char, 16> bytes{};
  expect(getentropy(bytes.data(), bytes.size()) == 0, "randomness of the operating system");
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (size_t i = 0; i < a.size(); ++i)
    difference = static_cast<unsigned char>(
        difference | (static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i])));
  return difference == 0;
}

struct Server::Http {
  Http(Answers& all_answers, std::string_view whole_page) : answers(all_answers), page(whole_page) {}

  // Binds the port and declares the paths.
  void prepare(int wanted_port);
  bool is_admitted(const httplib::Request& request) const;

  // Serves POST /TOKEN/name with what answer(request) returns: JSON, or bytes.
  template <class Answer>
  void serve(const std::string& name, const Answer& answer);

  Answers& answers;
  const std::string_view page;
  const std::string token = random_token();
  int port = 0;
  std::mutex one_at_a_time;  // the network has one compute thread
  httplib::Server server;
};

bool Server::Http::is_admitted(const httplib::Request& request) const {
  const std::string host = request.get_header_value("Host");
  if (request.get_header_value_count("Host") != 1 ||
      (host != fmt::format("{}:{}", kAddress, port) && host != fmt::format("localhost:{}", port)))
    return false;
  const std::string_view path = request.path;
  const size_t end = path.find('/', 1);
  return end != std::string_view::npos && path.front() == '/' &&
         equal_in_constant_time(path.substr(1, end - 1), token);
}

template <class Answer>
void Server::Http::serve(const std::string& name, const Answer& answer) {
  server.Post("/" + token + "/" + name,
              [this, answer](const httplib::Request& request, httplib::Response& response) {
                const std::lock_guard lock(one_at_a_time);
                try {
                  const auto answered = answer(request);
                  if constexpr (std::is_same_v<decltype(answer(request)), json>)
                    response.set_content(text_of(answered), kJson);
                  else
                    response.set_content(answered, "application/octet-stream");
                } catch (const UserError& fault) {
                  refuse(response, 400, fault);
                }
              });
}

void Server::Http::prepare(int wanted_port) {
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server.set_socket_options(reuse_address);
  server.set_keep_alive_timeout(kIdleSeconds);
  server.set_read_timeout(kReadingSeconds);
  server.set_payload_max_length(kMaxTensorFileBytes);
  server.set_default_headers({{"Cache-Control", "no-store"},
                              {"Content-Security-Policy", "frame-ancestors 'none'"},
                              {"Cross-Origin-Resource-Policy", "same-origin"},
                              {"Referrer-Policy", "no-referrer"},
                              {"X-Content-Type-Options", "nosniff"}});
  server.set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
    if (is_admitted(request)) return httplib::Server::HandlerResponse::Unhandled;
    refuse(response, 403,
           {"this request is not admitted", "it lacks the token of this run, or was made for another host",
            "the URL that `explore` printed; through ssh, the same port on both machines"});
    return httplib::Server::HandlerResponse::Handled;
  });
  server.set_error_handler([](const httplib::Request&, httplib::Response& response) {
    if (!response.body.empty()) return;
    const bool large = response.status == 413;
    refuse(response, response.status,
           {fmt::format("status {}", response.status),
            large ? "the request is too large" : "there is no such request",
            large ? fmt::format("at most {} bytes", kMaxTensorFileBytes) : "a request as the page makes it"});
  });
  server.set_exception_handler(
      [](const httplib::Request&, httplib::Response& response, const std::exception_ptr& caught) {
        try {
          std::rethrow_exception(caught);
        } catch (const std::exception& fault) {
          log_warning("explore: internal error: {}", fault.what());
          refuse(response, 500, {"internal error", fault.what(), "report this as a fault of mazescan"});
        }
      });
  server.Get("/" + token + "/", [this](const httplib::Request&, httplib::Response& response) {
    response.set_content(page.data(), page.size(), "text/html; charset=utf-8");
  });
  serve("level", [this](const httplib::Request& request) { return answers.level(request.body); });
  serve("field", [this](const httplib::Request& request) { return answers.field(request.body); });
  serve("taps", [this](const httplib::Request& request) { return answers.taps(request.body); });
  serve("walk", [this](const httplib::Request& request) { return answers.walk(request.body); });
  serve("edits", [this](const httplib::Request& request) { return answers.edits(request.body); });
  serve("tensors", [this](const httplib::Request& request) {
    return answers.add_tensors(request.get_param_value("name"), request.body);
  });

  port = wanted_port;
  const bool bound = wanted_port == 0 ? (port = server.bind_to_any_port(kAddress)) > 0
                                      : server.bind_to_port(kAddress, wanted_port);
  require(bound, lazy("--port {}", wanted_port),
          "it cannot be bound: another program has it, or it is reserved",
          "another number, or 0 for any free port");
}

Server::Server(Answers& answers, std::string_view page, int port)
    : http_(std::make_unique<Http>(answers, page)) {
  http_->prepare(port);
}

Server::~Server() = default;

int Server::port() const {
  return http_->port;
}

std::string Server::url() const {
  return fmt::format("http://{}:{}/{}/", kAddress, http_->port, http_->token);
}

void Server::run(const std::function<bool()>& stop) {
  const auto pause = [] { std::this_thread::sleep_for(std::chrono::milliseconds(100)); };
  std::atomic<bool> ended = false;
  std::thread listening([&] {
    http_->server.listen_after_bind();
    ended = true;
  });
  while (!ended && !(http_->server.is_running() && stop())) pause();
  const bool stopped = !ended;
  http_->server.stop();
  listening.join();
  expect(stopped, "connections to accept");
}

}  // namespace mazescan::explore
