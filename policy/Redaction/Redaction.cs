namespace JitProxy.Policy.Redaction;

/// <summary>What the record of one statement keeps of its values.</summary>
/// <param name="Parameters">Of the parameters that are bound to it.</param>
/// <param name="Literals">Of the literals in its text.</param>
public sealed record Redaction(KeptAs Parameters, KeptAs Literals)
{
    /// <summary>Keeps everything.</summary>
    public static Redaction None { get; } = new(KeptAs.Clear, KeptAs.Clear);

    /// <summary>Keeps no value: what holds as long as nobody has decided.</summary>
    public static Redaction Everything { get; } = new(KeptAs.Omit, KeptAs.Omit);

    /// <summary>True if texts that may quote a value (errors, what a grant has instead) are not to be kept.</summary>
    public bool HidesQuotes => Parameters != KeptAs.Clear || Literals != KeptAs.Clear;
}
