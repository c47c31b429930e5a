#include "evaluator/report/paper.h"

#include <algorithm>
#include <set>

#include "storage/atomic_file.h"
#include "storage/atomic_path.h"

namespace fs = std::filesystem;

namespace mazescan::report {

using nlohmann::json;

namespace {

// Removes files with one of these extensions that are not in `kept`. Drawn figures stay.
void remove_others(const fs::path& folder, const std::set<std::string>& extensions,
                   const std::set<std::string>& kept) {
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const fs::path& path = entry.path();
    if (extensions.count(path.extension().string()) != 0 && kept.count(path.filename().string()) == 0)
      fs::remove(path);
  }
}

}  // namespace

void write_paper_files(const ReportInputs& inputs, const json& document, const fs::path& folder) {
  const fs::path figures = folder / "figures", tables = folder / "tables";
  std::set<std::string> kept;
  const auto write = [&](const fs::path& path, const std::string& text) {
    storage::write_atomically(path, text);
    kept.insert(path.filename().string());
  };
  for (const fs::path& each : {figures, tables}) {
    storage::make_directories(each);
    storage::remove_stale_temporaries(each);
  }
  for (const auto& [name, chart] : named_charts(inputs, document)) {
    const bool is_table = chart.value("type", "") == "table";
    if (is_table) write(tables / (name + ".tex"), latex_table(chart));
    if (!is_table)
      write(figures / (name + ".json"), chart.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
    write((is_table ? tables : figures) / (name + ".csv"), chart_csv(chart));
  }
  remove_others(figures, {".json", ".csv"}, kept);
  remove_others(tables, {".tex", ".csv"}, kept);
  storage::write_atomically(folder / "numbers.tex", latex_numbers(inputs));
}

}  // namespace mazescan::report
