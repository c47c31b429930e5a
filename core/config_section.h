#pragma once
#include <memory>
#include <utility>

#include "core/config.h"
#include "core/config_keys.h"

namespace mazescan {

// A section of a configuration whose type is known only to its owner: a value like any struct with `fields`,
// for lists of sections of different types.
class AnySection {
 public:
  // Holds `section`.
  template <class S>
  static AnySection of(S section = S()) {
    return AnySection(std::make_unique<Holder<S>>(std::move(section)));
  }
  AnySection(const AnySection& other) : section_(other.section_->copy()) {}
  AnySection& operator=(const AnySection& other) { return *this = AnySection(other); }
  AnySection(AnySection&&) = default;
  AnySection& operator=(AnySection&&) = default;
  ~AnySection() = default;

  // Returns the section, or nullptr if it is of another type.
  template <class S>
  S* get() {
    auto* holder = dynamic_cast<Holder<S>*>(section_.get());
    return holder == nullptr ? nullptr : &holder->section;
  }

  template <class Visitor>
  void fields(Visitor& visit) {
    section_->fields(visit);
  }
  void validate() const { section_->validate(); }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual std::unique_ptr<Base> copy() const = 0;
    virtual void fields(config_detail::Reader& visit) = 0;
    virtual void fields(config_detail::Dumper& visit) = 0;
    virtual void fields(config_detail::IdentityDumper& visit) = 0;
    virtual void fields(config_detail::KeyLister& visit) = 0;
    virtual void validate() const = 0;
  };
  template <class S>
  struct Holder final : Base {
    explicit Holder(S of_section) : section(std::move(of_section)) {}
    S section;
    std::unique_ptr<Base> copy() const override { return std::make_unique<Holder>(*this); }
    void fields(config_detail::Reader& visit) override { section.fields(visit); }
    void fields(config_detail::Dumper& visit) override { section.fields(visit); }
    void fields(config_detail::IdentityDumper& visit) override { section.fields(visit); }
    void fields(config_detail::KeyLister& visit) override { section.fields(visit); }
    void validate() const override {
      if constexpr (config_detail::HasValidate<S>::value) section.validate();
    }
  };

  explicit AnySection(std::unique_ptr<Base> section) : section_(std::move(section)) {}
  std::unique_ptr<Base> section_;
};

}  // namespace mazescan
