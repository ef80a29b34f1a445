namespace JitProxy.Server.Export;

/// <summary>How rows are written into a file.</summary>
internal enum ExportFormat : byte
{
    /// <summary>RFC 4180.</summary>
    Csv = 0,

    /// <summary>One array of objects.</summary>
    Json,

    /// <summary>INSERT statements in the language of the server that the rows come from.</summary>
    Sql,

    /// <summary>An Office Open XML workbook.</summary>
    Xlsx,
}
