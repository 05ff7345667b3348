/**
 * A picture of a product: a few shapes on a colour that is the product's own. What nobody drew shows its first letters.
 * Nothing is loaded from elsewhere.
 */
import type { Product } from './basket.ts';

/** By the SKU or its first part; lines, none of them filled. */
const DRAWINGS: Readonly<Record<string, string>> = {
  '1020583031':
    '<path d="M74 46 104 16M98 12l10 10"/><path d="M62 44c-10-4-22 0-26 8-3 6-10 6-14 12-6 10 0 26 10 32s26 4 32-6c4-6 2-12 8-16 8-4 10-18 4-24z"/><circle cx="54" cy="66" r="8"/><path d="M36 86l10-10"/>',
  GML: '<path d="M44 22 22 36l8 22 10-5v47h40V53l10 5 8-22-22-14c-4 8-28 8-32 0z"/><path d="M60 30v70M64 48h1M64 62h1M64 76h1"/>',
  CZD: '<rect x="20" y="36" width="80" height="56" rx="8"/><path d="M20 50h66a6 6 0 0 1 6 6v2H78a6 6 0 0 0 0 14h22"/><circle cx="80" cy="65" r="2"/>',
  KHV: '<path d="M40 30h40l6 14v50a6 6 0 0 1-6 6H40a6 6 0 0 1-6-6V44z"/><path d="M34 44h52M40 30v-6h40v6"/><path d="M66 60c-14-2-20 12-12 22 14 2 20-12 12-22zM66 60c-4 8-8 14-12 22"/>',
  PYN: '<path d="M18 70 76 32c14 4 24 18 26 38zM18 70v22h84V70z"/><circle cx="44" cy="81" r="4"/><circle cx="72" cy="82" r="5"/><circle cx="76" cy="54" r="5"/>',
  HDY: '<rect x="26" y="54" width="68" height="46"/><path d="M20 40h80v14H20zM60 40v60M60 40c-22 0-26-20-12-20 8 0 12 12 12 20 0-8 4-20 12-20 14 0 10 20-12 20z"/>',
  KLK: '<path d="M26 72v-8a34 34 0 0 1 68 0v8"/><rect x="20" y="68" width="16" height="28" rx="6"/><rect x="84" y="68" width="16" height="28" rx="6"/>',
  KUP: '<path d="M30 40h48v46a12 12 0 0 1-12 12H42a12 12 0 0 1-12-12z"/><path d="M78 50h8a12 12 0 0 1 0 26h-8M44 30c-4-6 4-8 0-14M58 30c-4-6 4-8 0-14"/>',
  SKU8: '<path d="M60 18 98 38v44L60 102 22 82V38zM22 38l38 20 38-20M60 58v44"/>',
  SKU9: '<path d="M60 18 98 38v44L60 102 22 82V38zM22 38l38 20 38-20M60 58v44M41 28l38 20v14"/>',
  DNM: '<rect x="42" y="48" width="36" height="50" rx="8"/><path d="M50 48V34h20v14M46 34h28V24H46zM42 68h36"/>',
};

export function drawImage({ id, name, sku }: Pick<Product, 'id' | 'name' | 'sku'>): string {
  const hue = (id * 137) % 360;
  const ink = `hsl(${hue} 45% 28%)`;
  const drawing = DRAWINGS[sku] ?? DRAWINGS[sku.split('-')[0] ?? ''];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 120" role="img">` +
    `<rect width="120" height="120" fill="hsl(${hue} 45% 88%)"/>` +
    (drawing === undefined
      ? `<text x="60" y="74" font-family="sans-serif" font-size="40" text-anchor="middle" fill="${ink}">${lettersOf(name)}</text>`
      : `<g fill="none" stroke="${ink}" stroke-width="3" stroke-linecap="round" stroke-linejoin="round">${drawing}</g>`) +
    '</svg>'
  );
}

function lettersOf(name: string): string {
  const words = name.split(/\s+/).slice(0, 2);
  const letters = words.map((word) => word.charAt(0).toLocaleUpperCase('tr')).join('');
  return letters.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
