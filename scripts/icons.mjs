#!/usr/bin/env node
// Draws the icons of the Azure extension: three layers, the lowest one fresh. Usage: node scripts/icons.mjs
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32, deflateSync } from 'node:zlib';

const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'ado-task');

// Coordinates run from 0 to 1. Later shapes cover earlier ones.
const background = { colour: [16, 42, 67], contains: (x, y) => roundedSquare(x, y, 0.18) };
const layers = [
  { y: 0.66, colour: [46, 204, 113] },
  { y: 0.5, colour: [159, 179, 200] },
  { y: 0.34, colour: [217, 226, 236] },
].map(({ y, colour }) => ({ colour, contains: (px, py) => Math.abs(px - 0.5) / 0.34 + Math.abs(py - y) / 0.17 <= 1 }));
const edges = layers.map(({ contains }) => ({
  colour: background.colour,
  contains: (x, y) => contains(x, y - 0.035) && !contains(x, y),
}));
const shapes = [background, layers[0], edges[1], layers[1], edges[2], layers[2]];

function roundedSquare(x, y, radius) {
  const dx = Math.max(radius - x, x - (1 - radius), 0);
  const dy = Math.max(radius - y, y - (1 - radius), 0);
  return dx * dx + dy * dy <= radius * radius;
}

/** One pixel as the mean of 4 × 4 samples. */
function pixel(column, row, size) {
  const sum = [0, 0, 0, 0];
  for (let sample = 0; sample < 16; sample += 1) {
    const x = (column + ((sample % 4) + 0.5) / 4) / size;
    const y = (row + (Math.floor(sample / 4) + 0.5) / 4) / size;
    const colour = shapes.findLast((shape) => shape.contains(x, y))?.colour;
    if (colour === undefined) continue;
    for (const [index, value] of [...colour, 255].entries()) sum[index] += value;
  }
  const covered = sum[3] / 255;
  return [
    ...sum.slice(0, 3).map((value) => (covered === 0 ? 0 : Math.round(value / covered))),
    Math.round(sum[3] / 16),
  ];
}

// PNG (ISO/IEC 15948): signature, IHDR, IDAT with filter byte 0 before each row, IEND.
function png(size) {
  const rows = Array.from({ length: size }, (_, row) => [
    0,
    ...Array.from({ length: size }, (_, column) => pixel(column, row, size)).flat(),
  ]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const data = deflateSync(Buffer.from(rows.flat()), { level: 9 });
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

mkdirSync(join(folder, 'images'), { recursive: true });
writeFileSync(join(folder, 'images/icon.png'), png(128));
writeFileSync(join(folder, 'icon.png'), png(32));
