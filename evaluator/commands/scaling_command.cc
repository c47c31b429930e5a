#include <filesystem>
#include <memory>

#include "core/config.h"
#include "core/log.h"
#include "datasets/dataset_kind.h"
#include "evaluator/commands/command.h"
#include "evaluator/commands/run_names.h"
#include "evaluator/policies/describe_policy.h"
#include "evaluator/report/run_reader.h"
#include "evaluator/report/scaling.h"

namespace fs = std::filesystem;

namespace mazescan::commands {

namespace {

struct ScalingArguments {
  std::string out;
  std::vector<std::string> runs;
  std::string parameters = config_name(report::CountedParameters::all);
};

int64_t convolution_parameters(const policy::Network& network) {
  int64_t count = 0;
  for (const policy::LayerSpec& layer : network.layers())
    if (layer.kind == "conv")
      for (const policy::TensorSpec& tensor : layer.parameters) count += policy::element_count(tensor.shape);
  return count;
}

report::ScaledRun read_scaled_run(const fs::path& run, const std::string& name) {
  const policies::TrainedPolicy trained =
      policies::load_trained_policy(run / "policy.safetensors", torch::kCPU);
  report::ScaledRun scaled;
  scaled.name = name;
  scaled.policy = policies::describe(trained);
  scaled.parameters = trained.policy.network.parameters().numel();
  scaled.convolution_parameters = convolution_parameters(trained.policy.network);
  scaled.metrics = report::read_metrics(run);
  if (fs::exists(run / datasets::kScan.name / "manifest.json")) {
    report::ReportInputs scan = report::read_scan(run);
    if (scan.world.corners) scaled.rows = std::move(scan.rows);
  }
  return scaled;
}

int scaling(const ScalingArguments& arguments) {
  const std::vector<std::string> names = run_names(arguments.runs);
  std::vector<report::ScaledRun> runs;
  for (size_t i = 0; i < names.size(); ++i) runs.push_back(read_scaled_run(arguments.runs[i], names[i]));
  const bool all = arguments.parameters == config_name(report::CountedParameters::all);
  report::write_scaling(runs, all ? report::CountedParameters::all : report::CountedParameters::convolutions,
                        arguments.out);
  log_info("scaling: {}", fs::absolute(fs::path(arguments.out) / "index.html").string());
  return 0;
}

}  // namespace

Command scaling_command() {
  return {"scaling", "fit the scaling law of networks of several sizes to their learning curves",
          [](CLI::App& app) -> Action {
            const auto arguments = std::make_shared<ScalingArguments>();
            app.add_option("out", arguments->out, "the folder of the page")->required();
            app.add_option("runs", arguments->runs, "run directories of finished trainings")->required();
            app.add_option("--parameters", arguments->parameters,
                           "the parameters that are the size of a network")
                ->check(CLI::IsMember(report::config_names(report::CountedParameters{})))
                ->capture_default_str();
            return [arguments](int, char**) { return scaling(*arguments); };
          }};
}

}  // namespace mazescan::commands
