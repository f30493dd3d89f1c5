# Made by `npm run gen` from the OpenAPI document. Changes belong there.
