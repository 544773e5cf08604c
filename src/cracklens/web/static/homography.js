// Takes a homography by rows; gives points after it, its inverse, and what it does near a point. Knows no photo.

export function moved([a, b, c], [x, y]) {
  const along = (row) => row[0] * x + row[1] * y + row[2], depth = along(c);
  return [along(a) / depth, along(b) / depth];
}

export function inverse([[a, b, c], [d, e, f], [g, h, i]]) {
  return [
    [e * i - f * h, c * h - b * i, b * f - c * e],
    [f * g - d * i, a * i - c * g, c * d - a * f],
    [d * h - e * g, b * g - a * h, a * e - b * d],
  ]; // up to a factor, which a homography does not have
}

// How much it enlarges near a point, and how far it turns there, degrees clockwise as seen.
export function near(matrix, [x, y]) {
  const [[x0, y0], [x1, y1], [x2, y2]] = [[x, y], [x + 1, y], [x, y + 1]].map((point) => moved(matrix, point));
  const area = (x1 - x0) * (y2 - y0) - (y1 - y0) * (x2 - x0);
  return { times: Math.sqrt(Math.abs(area)), degrees: (Math.atan2(y1 - y0, x1 - x0) * 180) / Math.PI };
}
