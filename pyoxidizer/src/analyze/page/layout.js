'use strict';
// Sizes and how they become areas. No part of the page is touched here.

function size(bytes) {
  if (bytes < 1e3) return `${bytes} B`;
  if (bytes < 1e5) return `${(bytes / 1e3).toFixed(1)} kB`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(0)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

// Adds up what is below a node, and puts the largest first.
function sum(node) {
  node.children = [...node.children.values()];
  node.children.forEach(sum);
  if (node.children.length) {
    node.stored = node.children.reduce((all, child) => all + child.stored, 0);
    node.unpacked = node.children.reduce((all, child) => all + child.unpacked, 0);
    node.children.sort((a, b) => b.stored - a.stored || (a.name < b.name ? -1 : 1));
  }
  return node;
}

// Squarified treemap (Bruls, Huizing, van Wijk 2000): rows along the shorter side, each as square as it can be.
function squarify(nodes, box, place) {
  let { x, y, width, height } = box;
  let left = nodes.filter((node) => node.stored > 0);
  let total = left.reduce((all, node) => all + node.stored, 0);
  while (left.length) {
    const scale = (width * height) / total;
    const side = Math.min(width, height);
    let count = 0;
    let bytes = 0;
    let worst = Infinity;
    while (count < left.length) {
      const next = bytes + left[count].stored;
      const depth = (next * scale) / side;
      const longest = (left[0].stored * scale) / depth;
      const shortest = (left[count].stored * scale) / depth;
      const ratio = Math.max(longest / depth, depth / shortest);
      if (ratio > worst) break;
      [worst, bytes, count] = [ratio, next, count + 1];
    }
    const depth = (bytes * scale) / side;
    let at = 0;
    for (const node of left.slice(0, count)) {
      const length = (node.stored * scale) / depth;
      if (width >= height) place(node, { x, y: y + at, width: depth, height: length });
      else place(node, { x: x + at, y, width: length, height: depth });
      at += length;
    }
    if (width >= height) [x, width] = [x + depth, width - depth];
    else [y, height] = [y + depth, height - depth];
    total -= bytes;
    left = left.slice(count);
  }
}

