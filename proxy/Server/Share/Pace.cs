namespace JitProxy.Server.Share;

/// <summary>How a statement behaved so far: whether it is quick and small enough to share a connection with others.</summary>
/// <remarks>Sessions update it without a lock; a lost update costs one run more before sharing begins.</remarks>
internal sealed class Pace
{
    /// <summary>A run that takes longer is slow: the others behind it would wait.</summary>
    public static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(10);

    /// <summary>An answer of more bytes is large.</summary>
    public const int SmallSize = SharedRun.AnswerSizeMax / 2;

    private const int Trusted = 2;
    private const int Distrusted = -64;

    private int _credit;

    /// <summary>True if its last runs were all quick and small.</summary>
    public bool IsQuick => _credit >= Trusted;

    /// <summary>It ran on a connection of its own.</summary>
    public void Note(TimeSpan duration, long size)
    {
        if (duration > Quick || size > SmallSize)
            _credit = Math.Min(_credit, 0) / 2;
        else if (_credit < Trusted)
            _credit++;
    }

    /// <summary>It was no good neighbour: it takes many good runs to be trusted again.</summary>
    public void Distrust() => _credit = Distrusted;
}
