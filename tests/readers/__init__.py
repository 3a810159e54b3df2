"""SheetJS and ExcelJS, run by node: `npm.read` gives tests what they find in a workbook."""
