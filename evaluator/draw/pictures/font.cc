#include "evaluator/draw/pictures/font.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace mazescan {

namespace {

using Stroke = std::vector<std::pair<double, double>>;

// A glyph: its width, then strokes. A stroke's points are pairs of signs, right and up: a digit d stands for
// d / 2 right, a letter from 'a' on for -2, -1.5, -1, ... up. '-' joins straight lines, '~' before a stroke
// rounds its inner corners, '*' closes and rounds it.
struct Design {
  char letter;
  double width;
  const char* strokes;
};

// Heights: a -2, c -1, e 0 (baseline), g 1, i 2, k 3, m 4 (small letters), o 5, q 6 (capitals).
constexpr Design kDesigns[] = {
    {' ', 1.2, ""},
    {'!', 0.5, "0q0j 0e0e"},
    {'"', 1.5, "0q0n 2q2n"},
    {'#', 4, "2e3q 5e6q 0i8i 0m8m"},
    {'$', 3.8, "~7o7q0q0l4k7k7e0e0g 4r4d"},
    {'%', 4, "0e8q *0n2n2q0q *6e8e8h6h"},
    {'&', 4, "~8e1m1q5q5m0j0e5e8j"},
    {'\'', 0.4, "0q0n"},
    {'(', 1.2, "~2r0o0g2d"},
    {')', 1.2, "~0r2o2g0d"},
    {'*', 3, "3g3o 0i6m 0m6i"},
    {'+', 3, "3g3m 0j6j"},
    {',', 0.6, "1f0c"},
    {'-', 2.2, "0j4j"},
    {'.', 0.4, "0e0e"},
    {'/', 2.4, "0d5r"},
    {'0', 3.6, "*0e7e7q0q"},
    {'1', 2.2, "1n4q4e"},
    {'2', 3.6, "~0o0q7q7n5k0e 0e7e"},
    {'3', 3.6, "~0q7q7l2l ~2l7l7e0e0g"},
    {'4', 3.6, "5e5q0h7h"},
    {'5', 3.6, "6q1q0l ~0l2m7m7e1e0f"},
    {'6', 3.6, "~6q1q0l0i *0e7e7l0l"},
    {'7', 3.4, "0q6q2e"},
    {'8', 3.6, "*0e7e7k0k *1k6k6q1q"},
    {'9', 3.6, "*0j7j7q0q ~7m7j6e1e"},
    {':', 0.4, "0e0e 0l0l"},
    {';', 0.6, "1f0c 1l1l"},
    {'<', 3, "6f0j6n"},
    {'=', 3, "0h6h 0l6l"},
    {'>', 3, "0f6j0n"},
    {'?', 3.2, "~0o0q6q6m3l3i 3e3e"},
    {'@', 4.8, "*3h3m6m6h ~6m6g9g9q0q0d8d"},
    {'A', 4, "0e4q8e 1i7i"},
    {'B', 3.8, "0e0q ~0q7q7k0k ~0k8k8e0e"},
    {'C', 4, "~8o7q0q0e7e8g"},
    {'D', 4, "0e0q ~0q8q8e0e"},
    {'E', 3.4, "7e0e0q7q 0k6k"},
    {'F', 3.2, "0e0q7q 0k6k"},
    {'G', 4.2, "~8o8q0q0e8e8j 8j5j"},
    {'H', 4, "0e0q 8e8q 0k8k"},
    {'I', 2, "2e2q 0e4e 0q4q"},
    {'J', 2.8, "~5q5e0e0h"},
    {'K', 3.8, "0e0q 7q0i 2k8e"},
    {'L', 3.2, "0q0e6e"},
    {'M', 4.8, "0e0q5g9q9e"},
    {'N', 4, "0e0q8e8q"},
    {'O', 4.4, "*0e9e9q0q"},
    {'P', 3.8, "0e0q ~0q8q8j0j"},
    {'Q', 4.4, "*0e9e9q0q 6h9d"},
    {'R', 3.8, "0e0q ~0q8q8j0j 4j8e"},
    {'S', 3.8, "~7o7q0q0l4k7k7e0e0g"},
    {'T', 4, "4e4q 0q8q"},
    {'U', 4, "~0q0e8e8q"},
    {'V', 4, "0q4e8q"},
    {'W', 5, "0q2e5p7e9q"},
    {'X', 4, "0e8q 0q8e"},
    {'Y', 4, "4e4k 0q4k8q"},
    {'Z', 4, "0q8q0e8e"},
    {'[', 1.2, "2r0r0d2d"},
    {'\\', 2.4, "0r5d"},
    {']', 1.2, "0r2r2d0d"},
    {'^', 3, "0n3q6n"},
    {'_', 3.4, "0d7d"},
    {'`', 1, "0q2o"},
    {'a', 3.2, "6m6e *0e6e6m0m"},
    {'b', 3.2, "0q0e *0e6e6m0m"},
    {'c', 3, "~6l5m0m0e5e6f"},
    {'d', 3.2, "6q6e *0e6e6m0m"},
    {'e', 3.2, "0i6i ~6i6m0m0e5e6f"},
    {'f', 2, "~5q2q2m2e 0m4m"},
    {'g', 3.2, "*0e6e6m0m ~6m6a1a0b"},
    {'h', 3.2, "0q0e ~0j0m6m6e 6g6e"},
    {'i', 0.4, "0m0e 0p0p"},
    {'j', 1.2, "~2m2a0a 2p2p"},
    {'k', 3, "0q0e 5m0h 2j6e"},
    {'l', 1, "~0q0e2e"},
    {'m', 5, "0m0e ~0j0m5m5e 5g5e ~5j5m9m9e 9g9e"},
    {'n', 3.2, "0m0e ~0j0m6m6e 6g6e"},
    {'o', 3.2, "*0e6e6m0m"},
    {'p', 3.2, "0m0a *0e6e6m0m"},
    {'q', 3.2, "6m6a *0e6e6m0m"},
    {'r', 2, "0m0e ~0j0m4m"},
    {'s', 2.8, "~5l5m0m0j3i5i5e0e0f"},
    {'t', 2, "~2p2e4e 0m4m"},
    {'u', 3.2, "6m6e ~0m0e6e6h"},
    {'v', 3, "0m3e6m"},
    {'w', 4.4, "0m2e4l6e8m"},
    {'x', 3, "0m6e 0e6m"},
    {'y', 3, "0m3e 6m2a"},
    {'z', 3, "0m6m0e6e"},
    {'{', 1.6, "~3r1r1k0j 0j1i1d3d"},
    {'|', 0.4, "0r0d"},
    {'}', 1.6, "~0r2r2k3j 3j2i2d0d"},
    {'~', 3.2, "~0i1l5i6l"},
};

// Chaikin's corner cutting, a few times: a smooth curve along the corners. An open one keeps its ends.
Stroke rounded(Stroke points, bool closed) {
  for (int round = 0; round < 4; ++round) {
    Stroke next;
    if (!closed) next.push_back(points.front());
    const size_t edges = points.size() - (closed ? 0 : 1);
    for (size_t i = 0; i < edges; ++i) {
      const auto [ax, ay] = points[i];
      const auto [bx, by] = points[(i + 1) % points.size()];
      const double cut = round == 0 ? 0.36 : 0.25;  // letters are rather square than round
      if (closed || i > 0) next.emplace_back(ax + cut * (bx - ax), ay + cut * (by - ay));
      if (closed || i + 1 < edges) next.emplace_back(bx + cut * (ax - bx), by + cut * (ay - by));
    }
    if (!closed) next.push_back(points.back());
    points = std::move(next);
  }
  if (closed) points.push_back(points.front());
  return points;
}

Glyph build(const Design& design) {
  Glyph result;
  result.advance = design.width + 1.3;
  std::string_view rest = design.strokes;
  while (!rest.empty()) {
    std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    const char kind = word[0];
    if (kind == '~' || kind == '*') word.remove_prefix(1);
    Stroke points;
    for (size_t i = 0; i + 1 < word.size(); i += 2)
      points.emplace_back((word[i] - '0') / 2.0, (word[i + 1] - 'a') / 2.0 - 2);
    result.strokes.push_back(kind == '~' || kind == '*' ? rounded(points, kind == '*') : points);
  }
  return result;
}

}  // namespace

const Glyph& glyph(char c) {
  static const std::array<Glyph, 128> glyphs = [] {
    std::array<Glyph, 128> all;
    all.fill(build({'?', 3, "0e6e6q0q0e"}));
    for (const Design& design : kDesigns) all[static_cast<unsigned char>(design.letter)] = build(design);
    return all;
  }();
  const auto index = static_cast<unsigned char>(c);
  return glyphs[index < glyphs.size() ? index : 0];
}

}  // namespace mazescan
