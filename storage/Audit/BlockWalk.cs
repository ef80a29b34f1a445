namespace JitProxy.Storage.Audit;

/// <summary>Goes through the records of a stored block and notes them.</summary>
internal static class BlockWalk
{
    /// <summary>Notes the records with numbers from <paramref name="from"/> to <paramref name="to"/>; false when the block is damaged.</summary>
    public static bool TryNote(StoredBlock block, long from, long to, RecordNotes notes)
    {
        var contexts = new Dictionary<uint, (NotedContext Noted, int Offset, int Size)>();
        var body = block.Body.AsSpan();
        for (var offset = 0; offset < body.Length;)
        {
            if (!Entry.TryRead(body[offset..], out var entry))
                return false;
            if (entry.IsDefinition)
            {
                if (!ContextTexts.TryRead(entry, isWhole: false, out var texts))
                    return false;
                contexts[entry.Context] = (new(texts), offset, entry.Size);
            }
            else if (!RecordSpans.TryRead(entry, out var spans))
            {
                return false;
            }
            else if (entry.Seq >= from && entry.Seq <= to)
            {
                var isKnown = contexts.TryGetValue(entry.Context, out var context);
                notes.Add(isKnown ? context.Noted : null, isKnown ? body.Slice(context.Offset, context.Size) : default, entry, spans);
            }

            offset += entry.Size;
        }

        notes.Close();
        return true;
    }
}
