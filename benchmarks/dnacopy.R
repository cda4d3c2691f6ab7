# DNAcopy's circular binary segmentation.
# usage: Rscript dnacopy.R BINS.tsv OUT.tsv VARIANT     BINS: sample, chrom, position, value, with a header
# VARIANT: default | smooth | undo1 | undo2 | undo3. OUT: one num.mark a line, then the CPU seconds without start and reading and the
# peak memory in kB.
suppressMessages(library(DNAcopy))
arguments <- commandArgs(TRUE)
bins <- read.delim(arguments[1], colClasses = c("character", "integer", "numeric", "numeric"))
variant <- arguments[3]
began <- proc.time()
marks <- lapply(split(seq_len(nrow(bins)), factor(bins$sample, levels = unique(bins$sample))), function(rows) {
  set.seed(1)
  x <- CNA(bins$value[rows], bins$chrom[rows], bins$position[rows], data.type = "logratio", presorted = TRUE)
  if (variant != "default") x <- smooth.CNA(x)
  undo <- switch(variant, undo1 = 1, undo2 = 2, undo3 = 3, 0)
  if (undo > 0) s <- segment(x, verbose = 0, undo.splits = "sdundo", undo.SD = undo) else s <- segment(x, verbose = 0)
  s$output$num.mark
})
spent <- proc.time() - began
peak <- gsub("[^0-9]", "", grep("VmHWM", readLines("/proc/self/status"), value = TRUE))
seconds <- format(spent[["user.self"]] + spent[["sys.self"]])
writeLines(c(sprintf("%d", as.integer(unlist(marks))), seconds, peak), arguments[2])
