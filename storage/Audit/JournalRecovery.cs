namespace JitProxy.Storage.Audit;

/// <summary>Finds what a journal holds after its process died.</summary>
internal static class JournalRecovery
{
    /// <summary>Puts into the database what the journal holds beyond it, and empties the journal.</summary>
    public static void Move(JournalFile file, AuditSink sink, TrailCounts counts, DateTimeOffset now)
    {
        var laps = new List<(long Lap, int Index)>();
        for (var index = 0; index < JournalFile.SegmentCount; index++)
        {
            var segment = file.Segment(index);
            if (JournalFile.LapOf(segment) > 0 && JournalFile.FirstSeqOf(segment) > 0)
                laps.Add((JournalFile.LapOf(segment), index));
        }

        laps.Sort();
        foreach (var (lap, index) in laps)
            Move(file.Segment(index), lap, sink, counts, now);
        if (laps.Count > 0)
            file.Clear();
    }

    private static void Move(ReadOnlySpan<byte> segment, long lap, AuditSink sink, TrailCounts counts, DateTimeOffset now)
    {
        var firstSeq = JournalFile.FirstSeqOf(segment);
        var end = EndOfLap(segment, firstSeq, out var lastSeq);
        if (lastSeq <= sink.Head.Seq)
            return;
        var hash = sink.Head.Hash;
        var blocks = new List<Block>();
        if (firstSeq > sink.Head.Seq + 1)
            blocks.Add(BlockBuilder.Lost(sink.Head.Seq + 1, firstSeq - sink.Head.Seq - 1, now, ref hash));
        var offset = JournalFile.SegmentHeaderSize;
        blocks.AddRange(new BlockBuilder().Read(segment, lap, ref offset, end, int.MaxValue, sink.Head.Seq, ref hash));
        counts.Commit(sink, blocks, isCounting: false);
    }

    // Whole entries whose records are numbered one after the other: what an earlier use of the segment left behind ends the row.
    private static int EndOfLap(ReadOnlySpan<byte> segment, long firstSeq, out long lastSeq)
    {
        var offset = JournalFile.SegmentHeaderSize;
        var end = offset;
        uint definitions = 0;
        lastSeq = firstSeq - 1;
        while (Entry.TryRead(segment[offset..], out var entry))
        {
            if (entry.IsDefinition ? entry.Context != definitions++ : entry.Seq != lastSeq + 1 || entry.Context >= definitions)
                break;
            offset += entry.Size;
            if (entry.IsDefinition)
                continue;
            lastSeq = entry.Seq;
            end = offset;
        }

        return end;
    }
}
