import { describe, expect, it } from "vitest";
import { formatTitle, stepTitle, titlesOf } from "./titles";

describe("the steps of a delivery", () => {
  it("say the protocol before what is done by it", () => {
    expect(stepTitle("local_folder_upload")).toBe("Local folder: upload");
    expect(stepTitle("sftp_connect")).toBe("SFTP: connect");
    expect(stepTitle("http_put_complete")).toBe("HTTP PUT: complete");
    expect(stepTitle("azure_blob_upload")).toBe("Azure blob: upload");
  });

  it("are spelt out where they have no protocol", () => {
    expect(stepTitle("receipt_generation")).toBe("Receipt generation");
    expect(stepTitle("completion")).toBe("Completion");
    expect(stepTitle("upload")).toBe("Upload");
    expect(stepTitle("")).toBe("");
  });
});

describe("formats", () => {
  it("are a name and a version", () => {
    expect(formatTitle("ern/4.3")).toBe("ERN 4.3");
    expect(formatTitle("apple/5.3")).toBe("Apple 5.3");
    expect(formatTitle("night-notes")).toBe("Night notes");
  });
});

describe("keys", () => {
  const titles = titlesOf({
    transports: [{ key: "s3", title: "Amazon S3 and compatible storages" }],
    choreographies: [{ key: "batch", title: "Batch with manifest and completion marker" }],
    platforms: [{ key: "conformance-receiver", name: "The conformance receiver" }],
  });

  it("have the titles that the API gives", () => {
    expect(titles.transport("s3")).toBe("Amazon S3 and compatible storages");
    expect(titles.choreography("batch")).toBe("Batch with manifest and completion marker");
    expect(titles.platform("conformance-receiver")).toBe("The conformance receiver");
  });

  it("are spelt out where the API knows them no more, or not yet", () => {
    expect(titles.transport("night-box")).toBe("Night box");
    expect(titlesOf(null).choreography("ddex-sftp")).toBe("DDEX SFTP");
  });
});
