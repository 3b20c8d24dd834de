#include "domain/branch_tree.hpp"

#include <algorithm>

namespace convoke {

const Branch* BranchTree::find(Sequence branch) const {
  const auto found = std::ranges::lower_bound(branches, branch, {}, &Branch::first);
  return found != branches.end() && found->first == branch ? &*found : nullptr;
}

Branch* BranchTree::find(Sequence branch) { return const_cast<Branch*>(std::as_const(*this).find(branch)); }

std::vector<BranchPart> BranchTree::way_to(BranchPart end) const {
  std::vector<BranchPart> way;
  while (end.last > 0) {
    way.push_back(end);
    const Branch* branch = find(end.branch);
    if (!branch) break;
    end = {branch->parent_branch, branch->parent};
  }
  return way;
}

Sequence BranchTree::newest_through(Sequence event, Sequence branch) const {
  Sequence newest = branch;
  Sequence newest_leaf = 0;
  for (const Branch& candidate : branches) {
    if (candidate.leaf < newest_leaf) continue;
    const auto way = way_to({candidate.first, candidate.leaf});
    const auto leads_through = [&](const BranchPart& part) { return part.branch == branch && part.last >= event; };
    if (std::ranges::none_of(way, leads_through)) continue;
    newest = candidate.first;
    newest_leaf = candidate.leaf;
  }
  return newest;
}

std::vector<Sequence> BranchTree::alternatives_after(Sequence parent) const {
  std::vector<Sequence> found;
  for (const Branch& branch : branches) {
    if (branch.rival == 0 || branch.parent != parent) continue;
    if (found.empty()) found.push_back(branch.rival);
    found.push_back(branch.first);
  }
  return found;
}

}  // namespace convoke
