import { defineDocumentType, makeSource } from "contentlayer/source-files";

export const Blog = defineDocumentType(() => ({
  name: "Blog",
  filePathPattern: "blog/**/*.mdx",
  contentType: "mdx",
  fields: { title: { type: "string", required: true }, date: { type: "date", required: true } },
}));

export const Authors = defineDocumentType(() => ({
  name: "Authors",
  filePathPattern: "authors/**/*.mdx",
  fields: { name: { type: "string", required: true } },
}));

export default makeSource({ contentDirPath: "data", documentTypes: [Blog, Authors] });
