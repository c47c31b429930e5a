#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "evaluator/explore/answers.h"

namespace mazescan::explore {

// Serves the page and the answers to its requests on 127.0.0.1 only. A request must name this server in its
// header Host, and the secret token in its path; any other gets status 403 before its body is read. Nothing
// is read from or written to files.
class Server {
 public:
  // Binds the port; 0: any free one. Answers and page must outlive the server. Throws UserError if the port
  // cannot be bound.
  Server(Answers& answers, std::string_view page, int port);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const;
  std::string url() const;  // "http://127.0.0.1:8000/TOKEN/"

  // Serves until `stop` returns true, which is checked ten times a second. Returns when no connection is
  // left.
  void run(const std::function<bool()>& stop);

 private:
  struct Http;
  const std::unique_ptr<Http> http_;
};

// Returns 128 bits of the operating system's randomness as 32 hexadecimal digits.
std::string random_token();

// Compares texts in a time that depends on their lengths only.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace mazescan::explore
