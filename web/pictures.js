/**
 * Pictures that go with a question: chosen, pasted or dropped, made small enough, shown as chips. They are drawn on canvases,
 * since the page loads no pictures from anywhere.
 */
import {element, icon} from './dom.js';

const MOST = 8;
const LONGEST_SIDE = 1568; // what models see at most
const LARGEST_BYTES = 500 * 1024;
const TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'];

export class Pictures {
  /** `box` shows what is chosen; `drop` is where pictures may be dropped; `button` opens the file dialog. */
  constructor({box, input, drop, button, onChange, onProblem}) {
    Object.assign(this, {onChange, onProblem});
    this.chosen = [];
    this.row = element('div', {class: 'chips pictures'});
    this.file = element('input', {type: 'file', accept: TYPES.join(), multiple: true, hidden: true, 'aria-label': 'Pictures'});
    box.append(this.row, this.file);
    button.addEventListener('click', () => this.file.click());
    this.file.addEventListener('change', () => {
      this.add([...this.file.files]);
      this.file.value = '';
    });
    input.addEventListener('paste', (event) => {
      const files = [...event.clipboardData.files].filter((file) => file.type.startsWith('image/'));
      if (files.length === 0) return;
      event.preventDefault();
      this.add(files);
    });
    drop.addEventListener('dragover', (event) => [...event.dataTransfer.types].includes('Files') && event.preventDefault());
    drop.addEventListener('drop', (event) => {
      if (event.dataTransfer.files.length === 0) return;
      event.preventDefault();
      this.add([...event.dataTransfer.files]);
    });
  }

  async add(files) {
    for (const file of files) {
      if (this.chosen.length >= MOST) return this.onProblem(`A question takes at most ${MOST} pictures.`);
      try {
        this.chosen.push(await smallEnough(file));
      } catch {
        this.onProblem(`${file.name || 'The file'} is no picture that can be read.`);
      }
      this.draw();
    }
    return this.onChange();
  }

  clear() {
    this.chosen = [];
    this.draw();
    this.onChange();
  }

  draw() {
    this.row.replaceChildren(...this.chosen.map((picture) => element('span', {class: 'chip picture'}, canvasOf(picture),
      element('button', {type: 'button', class: 'quiet', 'aria-label': 'Remove the picture', title: 'Remove', click: () => {
        this.chosen = this.chosen.filter((one) => one !== picture);
        this.draw();
        this.onChange();
      }}, icon('close')))));
  }
}

/** `{media_type, data}` of a file as the server takes it: as it is if that is small, else drawn anew. */
async function smallEnough(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  if (scale === 1 && file.size <= LARGEST_BYTES && TYPES.includes(file.type)) return {media_type: file.type, data: await base64Of(file)};
  const canvas = element('canvas', {width: Math.round(bitmap.width * scale), height: Math.round(bitmap.height * scale)});
  const pen = canvas.getContext('2d');
  pen.fillStyle = 'white'; // what was transparent
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.85));
  return {media_type: 'image/jpeg', data: await base64Of(blob)};
}

function base64Of(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(',') + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

/** A picture as a small canvas, which is drawn when it has been read. */
export function canvasOf({media_type: type, data}) {
  const canvas = element('canvas', {role: 'img', 'aria-label': 'Picture', width: 1, height: 1});
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  createImageBitmap(new Blob([bytes], {type})).then((bitmap) => {
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext('2d').drawImage(bitmap, 0, 0);
  }, () => canvas.setAttribute('aria-label', 'A picture that cannot be shown'));
  return canvas;
}
