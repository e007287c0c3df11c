// Pictures for the tests, in formats simple enough to be written here: a bitmap, and a video of one still picture.

/** A BMP file; `rows` are true where it is dark, each `scale` pixels wide. */
export function bitmap(rows, scale) {
  const [height, width] = [rows.length * scale, rows[0].length * scale];
  const stride = (width * 3 + 3) & ~3;
  const bytes = Buffer.alloc(54 + stride * height, 255);
  bytes.fill(0, 0, 54);
  bytes.write('BM', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(width, 18);
  // Negative: from the top down.
  bytes.writeInt32LE(-height, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  dark(rows, scale, (x, y) => bytes.fill(0, 54 + y * stride + x * 3, 54 + y * stride + x * 3 + 3));
  return bytes;
}

/** A Y4M video of a picture in the middle of `width` by `height` pixels. */
export function video(rows, width, height) {
  const scale = Math.floor(Math.min(width, height) / rows.length);
  const [left, top] = [(width - rows[0].length * scale) >> 1, (height - rows.length * scale) >> 1];
  const frame = Buffer.alloc((width * height * 3) / 2, 128);
  frame.fill(235, 0, width * height);
  dark(rows, scale, (x, y) => frame.writeUInt8(16, (y + top) * width + x + left));
  const head = Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`);
  const one = Buffer.concat([Buffer.from('FRAME\n'), frame]);
  return Buffer.concat([head, one, one]);
}

function dark(rows, scale, paint) {
  rows.forEach((row, y) => row.forEach((isDark, x) => {
    for (let i = 0; isDark && i < scale * scale; i += 1) paint(x * scale + (i % scale), y * scale + Math.floor(i / scale));
  }));
}
