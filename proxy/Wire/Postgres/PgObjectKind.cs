namespace JitProxy.Wire.Postgres;

/// <summary>What a Describe or Close names.</summary>
public enum PgObjectKind : byte
{
    /// <summary>A portal.</summary>
    Portal = (byte)'P',

    /// <summary>A prepared statement.</summary>
    Statement = (byte)'S',
}
