namespace JitProxy.Policy.Redaction;

/// <summary>What a record keeps of a value (<c>clear</c>, <c>hash</c>, <c>omit</c> in the configuration).</summary>
public enum KeptAs : byte
{
    /// <summary>The value.</summary>
    Clear,

    /// <summary>HMAC-SHA-256 of it: equal values can be told, values cannot be guessed without the key.</summary>
    Hash,

    /// <summary>Only that there was one.</summary>
    Omit,
}
