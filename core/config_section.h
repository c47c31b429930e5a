#pragma once
#include <memory>
#include <type_traits>
#include <utility>

#include "core/config.h"
#include "core/error.h"

namespace mazescan {

// A struct of configuration keys whose type is chosen at run time, as a value. A configuration puts it among its own
// fields: `own_.fields(visit)`.
class ConfigSection {
 public:
  ConfigSection() : ConfigSection(Empty()) {}
  template <class T, class = std::enable_if_t<!std::is_same_v<T, ConfigSection>>>
  explicit ConfigSection(T value) : model_(std::make_unique<Model<T>>(std::move(value))) {}
  ConfigSection(const ConfigSection& other) : model_(other.model_->copy()) {}
  ConfigSection& operator=(const ConfigSection& other) {
    model_ = other.model_->copy();
    return *this;
  }
  ConfigSection(ConfigSection&&) = default;
  ConfigSection& operator=(ConfigSection&&) = default;
  ~ConfigSection() = default;

  // nullptr if the struct is of another type.
  template <class T>
  T* get_if() {
    auto* const model = dynamic_cast<Model<T>*>(model_.get());
    return model == nullptr ? nullptr : &model->value;
  }
  template <class T>
  const T* get_if() const {
    return const_cast<ConfigSection*>(this)->get_if<T>();
  }
  template <class T>
  T& as() {
    T* const value = get_if<T>();
    expect(value != nullptr, "a configuration section of this type");
    return *value;
  }
  template <class T>
  const T& as() const {
    return const_cast<ConfigSection*>(this)->as<T>();
  }

  template <class Visitor>
  void fields(Visitor& visit) {
    model_->fields(visit);
  }
  void validate() const { model_->validate(); }

 private:
  struct Empty {
    template <class Visitor>
    void fields(Visitor& /*visit*/) {}
  };
  // One function for each visitor, because templates cannot be virtual.
  struct Base {
    virtual ~Base() = default;
    virtual std::unique_ptr<Base> copy() const = 0;
    virtual void fields(config_detail::Reader& visit) = 0;
    virtual void fields(config_detail::Dumper& visit) = 0;
    virtual void validate() const = 0;
  };
  template <class T>
  struct Model final : Base {
    explicit Model(T of_value) : value(std::move(of_value)) {}
    std::unique_ptr<Base> copy() const override { return std::make_unique<Model>(value); }
    void fields(config_detail::Reader& visit) override { value.fields(visit); }
    void fields(config_detail::Dumper& visit) override { value.fields(visit); }
    void validate() const override {
      if constexpr (config_detail::HasValidate<T>::value) value.validate();
    }
    T value;
  };

  std::unique_ptr<Base> model_;
};

}  // namespace mazescan
