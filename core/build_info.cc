#include "core/build_info.h"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <ctime>
#include <fstream>

namespace mazescan {

namespace {

#ifdef __clang__
constexpr const char* kCompiler = "clang " __clang_version__;
#else
constexpr const char* kCompiler = "g++ " __VERSION__;
#endif

std::string processor() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.rfind("model name", 0) == 0 && line.find(": ") != std::string::npos)
      return line.substr(line.find(": ") + 2);
  return "unknown";
}

}  // namespace

Versions build_versions() {
  const std::string code = code_version();
  const size_t space = code.find(' ');
  return {{"version", code.substr(0, space)},
          {"commit", code.substr(space + 2, code.size() - space - 3)},
          {"compiler", kCompiler}};
}

std::string version_text(const std::string& program, const Versions& versions) {
  std::string text = fmt::format("{} {}", program, versions.at("version"));
  for (const auto& [name, version] : versions)
    if (name != "version") text += fmt::format("\n{:<10}{}", name, version);
  return text;
}

std::map<std::string, std::string> build_and_machine() {
  utsname system{};
  uname(&system);
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char time[32];
  std::strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%SZ", &utc);
  const double memory =
      static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
  return {{"code", code_version()},
          {"compiler", kCompiler},
          {"host", system.nodename},
          {"system", fmt::format("{} {}", system.sysname, system.release)},
          {"processor", fmt::format("{}, {} cores", processor(), sysconf(_SC_NPROCESSORS_ONLN))},
          {"memory", fmt::format("{:.0f} GiB", memory / (1 << 30))},
          {"time", time}};
}

}  // namespace mazescan
