// Prints, as JSON, the sheets of workbooks with their cells as one reader has them: node read.cjs sheetjs|exceljs FILE ...
// Run in the folder that has the reader's node_modules.
const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");

const load = createRequire(`${process.cwd()}/`);

function iso(moment) {
  return moment.toISOString().slice(0, -1);
}

function sheetjs(path) {
  const XLSX = load("xlsx");
  const book = XLSX.read(readFileSync(path), { cellNF: true, cellDates: false, cellFormula: true, WTF: true });
  const kinds = { n: "number", s: "text", b: "boolean", e: "error", d: "date" };
  return book.SheetNames.map((name) => {
    const sheet = book.Sheets[name];
    const cells = {};
    for (const [reference, cell] of Object.entries(sheet)) {
      if (reference.startsWith("!")) continue;
      const isDate = cell.t === "n" && XLSX.SSF.is_date(cell.z ?? "");
      cells[reference] = {
        kind: cell.f !== undefined ? "formula" : isDate ? "date" : kinds[cell.t],
        value: isDate ? iso(new Date(Math.round((cell.v - 25569) * 86400000))) : cell.v,
        format: cell.z ?? "General",
        shown: cell.w,
      };
    }
    return { name, extent: sheet["!ref"], filter: sheet["!autofilter"]?.ref, cells };
  });
}

async function exceljs(path) {
  const { Workbook, ValueType } = load("exceljs");
  const book = new Workbook();
  await book.xlsx.readFile(path);
  const kinds = Object.fromEntries(Object.entries(ValueType).map(([name, number]) => [number, name.toLowerCase()]));
  return book.worksheets.map((sheet) => {
    const cells = {};
    sheet.eachRow((row) =>
      row.eachCell((cell) => {
        cells[cell.address] = {
          kind: kinds[cell.type] === "string" ? "text" : kinds[cell.type],
          value: cell.value instanceof Date ? iso(cell.value) : cell.value,
          format: cell.numFmt ?? "General",
          shown: cell.text,
        };
      }),
    );
    return {
      name: sheet.name,
      extent: sheet.dimensions.range,
      filter: sheet.autoFilter,
      frozen: sheet.views[0]?.ySplit,
      cells,
    };
  });
}

const [reader, ...paths] = process.argv.slice(2);
Promise.all(paths.map({ sheetjs, exceljs }[reader])).then((books) => process.stdout.write(JSON.stringify(books)));
