namespace JitProxy.Storage;

/// <summary>A file of the store cannot be used: damaged, locked, of another program, out of room. Says which and what to do.</summary>
public sealed class StoreException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="problem">What is wrong, as a clause: "the audit journal is damaged".</param>
    /// <param name="file">The file concerned.</param>
    /// <param name="remedy">What to do, as a sentence.</param>
    /// <param name="inner">What was caught, if anything.</param>
    public StoreException(string problem, string file, string remedy, Exception? inner = null)
        : base($"{file}: {problem}. {remedy}", inner)
    {
        File = file;
        Remedy = remedy;
    }

    /// <summary>The file concerned.</summary>
    public string File { get; }

    /// <summary>What to do about it.</summary>
    public string Remedy { get; }
}
